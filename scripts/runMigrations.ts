import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './dataDirectory.ts'
import type { System } from './systems.ts'

const run = promisify(execFile)
const budgetMs = 120_000

/** Brings the database and the topics of a system up to date; throws with the output of the migration that failed. */
export async function runMigrations(
  system: System,
  variables: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<void> {
  for (const folder of system.migrations) {
    const file = join(root, 'services', folder, 'migrate.ts')
    try {
      await run(process.execPath, [file], { env: variables, timeout: budgetMs, signal })
    } catch (cause) {
      const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
      throw new Error(`The migration ${file} failed:\n${stdout}${stderr}`, { cause })
    }
  }
}
