import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { endWithThisProcess, waitUntil } from '@relevo/embedded'
import { consoleLine } from './logLine.ts'

export interface ServiceCommand {
  name: string
  /** The TypeScript file to run. */
  file: string
  /** For Node.js itself. */
  nodeFlags?: readonly string[]
  variables: Record<string, string | undefined>
  logFile: string
  print(line: string): void
}

export interface ServiceProcess {
  readonly pid: number
  /** Resolves with how it ended (`exit 1`, `SIGKILL`). */
  readonly exited: Promise<string>
  /** SIGTERM, and SIGKILL when it has not ended after 20 s. */
  stop(): Promise<void>
  /** The end of what it printed. */
  lastLines(): string[]
}

const stopBudgetMs = 20_000
const keptLines = 15

/** Starts a service with this Node.js; its output goes to the log file, and its warnings to `print` as well. */
export function startServiceProcess(command: ServiceCommand): ServiceProcess {
  const log = openSync(command.logFile, 'a') // before there is a process that nobody would stop
  const child = spawn(process.execPath, [...(command.nodeFlags ?? []), command.file], {
    env: command.variables,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a Ctrl-C reaches this process alone, which stops the others in order
  })
  const lines: string[] = []
  let open = 2
  for (const stream of [child.stdout, child.stderr]) {
    const reader = createInterface({ input: stream })
    reader.on('line', (line) => {
      writeSync(log, `${line}\n`)
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      const shown = consoleLine(line)
      if (shown !== undefined) command.print(`[${command.name}] ${shown}`)
    })
    reader.on('close', () => --open === 0 && closeSync(log))
  }
  const exited = endOf(child)
  return { pid: child.pid ?? 0, exited, stop: () => stop(child), lastLines: () => [...lines] }
}

function endOf(child: ChildProcess): Promise<string> {
  const release = child.pid === undefined ? () => undefined : endWithThisProcess(child.pid, 'SIGTERM')
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    // `close` comes after `exit`, when all of its output is read.
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}`))
    child.once('exit', release)
  })
}

async function stop(child: ChildProcess): Promise<void> {
  const isRunning = () => child.exitCode === null && child.signalCode === null
  if (isRunning()) child.kill('SIGTERM')
  if (await waitUntil(() => !isRunning(), stopBudgetMs)) return
  child.kill('SIGKILL')
  await waitUntil(() => !isRunning(), stopBudgetMs)
}
