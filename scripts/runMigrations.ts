import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Database } from '../systems/system.ts'
import { root } from './dataDirectory.ts'
import { consoleLine } from './logLine.ts'

const run = promisify(execFile)
const budgetMs = 120_000
const shownLines = 15

/** Brings a database and its topics up to date; throws with the output of the migration when it failed. */
export async function runMigrations(
  { folder }: Database,
  variables: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<void> {
  const file = join(root, 'services', folder, 'database.ts')
  try {
    await run(process.execPath, [file], { env: variables, timeout: budgetMs, signal })
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    const lines = `${stdout}${stderr}`.split('\n').flatMap((line) => consoleLine(line) ?? [])
    throw new Error(`The migration ${file} failed:\n  ${lines.slice(-shownLines).join('\n  ')}`, { cause })
  }
}
