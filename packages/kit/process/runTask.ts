import type { Values } from '../config/loadConfig.ts'
import { type ProcessOptions, type ProcessVariables, readConfig } from '../config/readConfig.ts'
import { createLogger, type Logger } from './logger.ts'

export interface TaskOptions<V extends ProcessVariables> extends ProcessOptions<V> {
  run(context: { config: Values<V>; logger: Logger }): Promise<void>
}

/**
 * Runs something that ends by itself, such as migrations: reads the configuration (`--help` describes it), runs,
 * and exits with 0, or with 1 and the reason in the log.
 */
export async function runTask<V extends ProcessVariables>(options: TaskOptions<V>): Promise<void> {
  const config = readConfig(options)
  if (config === undefined) return
  const logger = createLogger(options.name, config.logLevel as Values<ProcessVariables>['logLevel'])
  try {
    await options.run({ config, logger })
    logger.info({}, 'done')
    process.exit(0) // a client that still holds a timer must not hold the process
  } catch (error) {
    logger.fatal({ err: error }, 'failed')
    process.exit(1)
  }
}
