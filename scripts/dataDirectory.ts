import { createHash } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { commandLine, usableDirectory } from '@relevo/embedded'
import { CommandError } from './commandLine.ts'

export const root = resolve(import.meta.dirname, '..')

/** Where the data are when that folder can be used, and where the command relevo looks for a running `npm start`. */
export const preferredDirectory = process.env.RELEVO_DATA_DIRECTORY ?? join(root, '.relevo')

/**
 * Where `npm start` keeps its data and logs: RELEVO_DATA_DIRECTORY, or `.relevo` in the checkout, or elsewhere when
 * that cannot be used.
 */
export function dataDirectory(): Promise<string> {
  return usableDirectory(preferredDirectory)
}

/** The name of this checkout's Kafka container and volume, if Docker runs it. */
export function dockerName(directory: string): string {
  return `relevo-kafka-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`
}

/** The pid of the `npm start` that uses the directory now, or undefined. */
export function runningStart(directory: string): number | undefined {
  return ownerOf(lockFile(directory))
}

/** Tells whether an earlier `npm start` on the directory ended without taking its note back. */
export function wasKilled(directory: string): boolean {
  return existsSync(lockFile(directory)) && runningStart(directory) === undefined
}

/** How long the note of an `npm start` has to stand before it counts. */
const settleMs = 50

/**
 * Notes that this process uses the directory, and returns what takes the note back.
 * @throws CommandError `cannotRun` when another `npm start` uses it, also one that begins at the same moment.
 */
export function lockDirectory(directory: string): () => void {
  const lock = lockFile(directory)
  const own = `${lock}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    do {
      // A link comes with its content, and only one of several processes makes it.
      while (!tryLink(own, lock)) removeStale(directory, lock)
      // Another that took it for the stale one may have it aside for a moment, in which a third may be faster.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settleMs)
    } while (pidIn(lock) !== process.pid)
  } finally {
    rmSync(own, { force: true })
  }
  return () => rmSync(lock, { force: true })
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function removeStale(directory: string, lock: string): void {
  const other = runningStart(directory)
  if (other !== undefined) throw alreadyRuns(other)
  const aside = `${lock}.stale.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch {
    return // another process has taken it away
  }
  // That may have been the new one of a process that was faster.
  const taken = ownerOf(aside)
  if (taken !== undefined) tryLink(aside, lock)
  rmSync(aside, { force: true })
  if (taken !== undefined) throw alreadyRuns(taken)
}

function alreadyRuns(pid: number): CommandError {
  const message = `Relevo already runs here, as process ${pid}. Stop it with Ctrl-C there, or: kill ${pid}`
  return new CommandError('cannotRun', message)
}

/** The pid in a lock file, if it is that of an `npm start` that lives. */
function ownerOf(lock: string): number | undefined {
  const pid = pidIn(lock)
  // The pid of a process that was killed may be another program's by now.
  return pid !== undefined && /launch.js start|start.ts/.test(commandLine(pid) ?? '') ? pid : undefined
}

function pidIn(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, 'utf8'))
  } catch {
    return undefined
  }
}

function lockFile(directory: string): string {
  return join(directory, 'start.pid')
}
