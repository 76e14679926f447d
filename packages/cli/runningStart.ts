import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** What a running npm start lets the command know. */
export interface RunningStart {
  readonly pid: number
  readonly databaseUrls: readonly string[]
  readonly brokers: readonly string[]
  /** Where each service and relay answers, by its name. */
  readonly services?: Readonly<Record<string, string>>
}

const noteName = 'running.json'

/** The npm start that runs in this folder or one above it, or on RELEVO_DATA_DIRECTORY; undefined when none does. */
export function runningStart(
  env: Readonly<Record<string, string | undefined>>,
  from = process.cwd(),
): RunningStart | undefined {
  const directories = env.RELEVO_DATA_DIRECTORY
    ? [env.RELEVO_DATA_DIRECTORY]
    : foldersUp(resolve(from)).map((folder) => join(folder, '.relevo'))
  for (const directory of directories) {
    const note = readNote(join(directory, noteName))
    if (note !== undefined && isAlive(note.pid)) return note
  }
  return undefined
}

/**
 * Leaves the note in `directory`, for this user alone since it holds passwords; returns what takes it back. A folder
 * that cannot be written leaves the command without it, and nothing else.
 */
export function noteRunningStart(directory: string, note: RunningStart): () => void {
  const file = join(directory, noteName)
  try {
    mkdirSync(directory, { recursive: true })
    rmSync(file, { force: true })
    writeFileSync(file, JSON.stringify(note), { mode: 0o600 })
  } catch {
    return () => undefined
  }
  return () => rmSync(file, { force: true })
}

function foldersUp(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersUp(parent)]
}

function readNote(file: string): RunningStart | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningStart
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
