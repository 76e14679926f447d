import type { Registry } from 'prom-client'
import type { processVariables } from '../config/commonVariables.ts'
import type { Values } from '../config/loadConfig.ts'
import { type ProcessOptions, type ProcessVariables, readConfig } from '../config/readConfig.ts'
import { Health } from '../http/health.ts'
import { createRegistry } from '../http/httpMetrics.ts'
import { createLogger, type Logger } from './logger.ts'
import { Shutdown } from './shutdown.ts'

/** What a service is built with. */
export interface ServiceContext<C> {
  name: string
  config: C
  logger: Logger
  registry: Registry
  health: Health
  /** Aborted when the service begins to stop. */
  signal: AbortSignal
  /** Has a part stopped at the end: the last one added stops first, and the next waits for it. */
  onStop(part: string, stop: () => void | Promise<void>): void
  /** Stops the service in order and ends the process with 1, for a part that cannot go on. */
  fail(error: unknown): void
}

export interface ServiceOptions<V extends ProcessVariables> extends ProcessOptions<V> {
  /** Builds the parts; when it returns the service runs. */
  start(context: ServiceContext<Values<V>>): Promise<void>
}

/**
 * Runs a service in this process: reads the configuration (`--help` describes it), starts, and stops in order
 * at SIGTERM or SIGINT, within SHUTDOWN_GRACE_MS. A second signal ends it at once. The exit code is 0 after an
 * ordered stop and 1 otherwise.
 */
export async function runService<V extends ProcessVariables>(options: ServiceOptions<V>): Promise<void> {
  const config = readConfig(options)
  if (config === undefined) return
  const { logLevel, shutdownGraceMs } = config as Values<typeof processVariables>
  const logger = createLogger(options.name, logLevel)
  const health = new Health()
  const shutdown = new Shutdown(logger, health, shutdownGraceMs)
  shutdown.listen(process)
  const { signal } = shutdown
  const { name } = options
  const onStop = shutdown.add.bind(shutdown)
  const fail = (error: unknown) => void shutdown.run('a part failed', error)
  try {
    await options.start({ name, config, logger, registry: createRegistry(), health, signal, onStop, fail })
    if (!signal.aborted) logger.info({}, 'started')
  } catch (error) {
    // Once it is stopping, what start still works with is being closed under its hands.
    if (!signal.aborted) await shutdown.run('start failed', error)
  }
}
