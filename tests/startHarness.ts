import type { ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { waitUntil } from '@relevo/embedded'
import { startProcess } from '@relevo/testing'

const root = resolve(import.meta.dirname, '..')
const budgetMs = 200_000

/** An `npm start`, or another of the scripts, that a test started. */
export interface ScriptRun {
  readonly process: ChildProcess
  output(): string
  /** Waits until the output contains `text`; throws with the output when it does not in time, or ends before. */
  printed(text: string): Promise<void>
  /** Resolves with the exit code, or the signal. */
  ended(): Promise<number | string>
}

/** Runs a script as npm would, with its data in `directory`. */
export function runScript(
  name: 'start' | 'reset',
  directory: string,
  args: string[] = [],
  more: Record<string, string> = {},
): ScriptRun {
  const variables: NodeJS.ProcessEnv = { ...process.env, RELEVO_DATA_DIRECTORY: directory }
  for (const variable of ['DATABASE_URL', 'KAFKA_BROKERS', 'REDIS_URL', 'NODE_TEST_CONTEXT'])
    delete variables[variable]
  Object.assign(variables, more)
  const script = startProcess(resolve(root, 'scripts/launch.js'), variables, [name, ...args])
  return {
    process: script.child,
    output: script.text,
    printed: async (text) => {
      await waitUntil(() => script.text().includes(text) || !script.isRunning(), budgetMs)
      if (!script.text().includes(text)) throw new Error(`"${text}" was not printed, but:\n${script.text()}`)
    },
    ended: async () => {
      if (await waitUntil(() => !script.isRunning(), budgetMs))
        return (await script.ended) ?? script.child.signalCode ?? -1
      throw new Error(`It did not end; it printed:\n${script.text()}`)
    },
  }
}
