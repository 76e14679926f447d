import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * What this package takes from the process environment, in one place: it is a development tool that follows the
 * conventions of the tools it runs (JAVA_HOME, XDG_CACHE_HOME), so its callers need not pass them on.
 */
export interface Environment {
  variables: Record<string, string | undefined>
  javaHome: string | undefined
  cacheHome: string
}

/** Reads the environment afresh at each call, so that a test may set a variable before it. */
export function readEnvironment(): Environment {
  // biome-ignore lint/style/noProcessEnv: the one place of a development tool that reads it
  const variables = process.env
  return {
    variables,
    javaHome: variables.JAVA_HOME || undefined,
    cacheHome: variables.XDG_CACHE_HOME || join(homedir(), '.cache'),
  }
}
