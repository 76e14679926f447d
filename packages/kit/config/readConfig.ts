import { ServiceError } from '../serviceError.ts'
import type { processVariables } from './commonVariables.ts'
import {
  type ConfigSpec,
  describeConfig,
  type Environment,
  loadConfig,
  type Values,
  type Variables,
} from './loadConfig.ts'

/** Every process has at least these variables. */
export type ProcessVariables = Variables & typeof processVariables

export interface ProcessOptions<V extends ProcessVariables> {
  name: string
  config: ConfigSpec<V>
  env: Environment
}

/** EX_CONFIG of sysexits(3). */
const configurationExitCode = 78

/**
 * The configuration of this process. Undefined when there is nothing to run: `--help` was asked for and has been
 * printed, or the variables are wrong, which has been printed as well and makes the exit code 78: to start it
 * again would not help.
 */
export function readConfig<V extends ProcessVariables>(options: ProcessOptions<V>): Values<V> | undefined {
  const { name, config, env } = options
  if (process.argv.includes('--help')) {
    process.stdout.write(`${name}: variables of the environment\n\n${describeConfig(config)}\n`)
    return undefined
  }
  try {
    return loadConfig(config, env)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    process.stderr.write(`${error.message}\n(--help lists all variables)\n`)
    process.exitCode = configurationExitCode
    return undefined
  }
}
