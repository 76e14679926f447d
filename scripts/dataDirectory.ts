import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { commandLine, usableDirectory } from '@relevo/embedded'

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
  try {
    const pid = Number(readFileSync(lockFile(directory), 'utf8'))
    // The pid of a process that was killed may be another program's by now.
    return /launch.js start|start.ts/.test(commandLine(pid) ?? '') ? pid : undefined
  } catch {
    return undefined
  }
}

/** Tells whether an earlier `npm start` on the directory ended without taking its note back. */
export function wasKilled(directory: string): boolean {
  return existsSync(lockFile(directory)) && runningStart(directory) === undefined
}

/** Notes that this process uses the directory, and returns what takes the note back. */
export function lockDirectory(directory: string): () => void {
  writeFileSync(lockFile(directory), String(process.pid))
  return () => rmSync(lockFile(directory), { force: true })
}

function lockFile(directory: string): string {
  return join(directory, 'start.pid')
}
