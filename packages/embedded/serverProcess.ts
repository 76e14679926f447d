import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { removeClaim, writeClaim } from './directoryClaim.ts'
import { childrenOf, commandLine, signalProcess } from './processes.ts'
import { waitUntil } from './waitUntil.ts'
import { endWithThisProcess } from './watchdog.ts'

export interface ServerCommand {
  command: string
  args: string[]
  /** Where the note of the running process goes; part of the command line, by which the process is recognised. */
  directory: string
  port: number
  logFile: string
  stopSignal: 'SIGINT' | 'SIGTERM'
  uid?: number
  gid?: number
  /** Default: the root, so that no mounted file system is kept busy. */
  workingDirectory?: string
  variables?: Record<string, string | undefined>
}

/** A running server: every method may be called at any time, in any order, also after its end. */
export interface ServerProcess {
  readonly pid: number
  /** Resolves with how it ended (`exit 1`, `SIGKILL`); never rejects. */
  readonly exited: Promise<string>
  isRunning(): boolean
  /** Asks the server to end, waits up to 20 s, then kills it. */
  stop(): Promise<void>
  /** SIGKILL to the server and its children, as a crash of the machine would; resolves when they are gone. */
  kill(): Promise<void>
  /** `kill` without the wait, for an exit handler. */
  killNow(): void
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void
  resume(): void
}

const stopBudgetMs = 20_000

/** Starts a server, with both its outputs in a new log file and a watchdog that ends it with this process. */
export function startServerProcess(command: ServerCommand): ServerProcess {
  const log = openSync(command.logFile, 'w', 0o644)
  const child = spawn(command.command, command.args, {
    stdio: ['ignore', log, log],
    // In a session of its own, a Ctrl-C in the terminal does not reach it before its owner has stopped those who use it.
    detached: true,
    cwd: command.workingDirectory ?? '/',
    env: command.variables ?? {},
    ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
  })
  closeSync(log)
  const exited = endOf(child)
  const pid = child.pid ?? 0
  if (pid > 0) watch(command, pid, exited)
  child.unref()
  return serverProcess(pid, child, exited, command.stopSignal)
}

function watch(command: ServerCommand, pid: number, exited: Promise<string>): void {
  const release = endWithThisProcess(pid, command.stopSignal)
  writeClaim(command.directory, pid, command.port)
  void exited.then(() => {
    release()
    removeClaim(command.directory)
  })
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`))
  })
}

function serverProcess(
  pid: number,
  child: ChildProcess,
  exited: Promise<string>,
  stopSignal: NodeJS.Signals,
): ServerProcess {
  const isRunning = () => pid > 0 && child.exitCode === null && child.signalCode === null
  const tree = () => (isRunning() ? [pid, ...childrenOf(pid)] : [])
  const signalTree = (signal: NodeJS.Signals) => {
    for (const each of tree()) signalProcess(each, signal)
  }
  const kill = async () => {
    const processes = tree()
    signalTree('SIGKILL')
    // Children that linger would keep the port or, of Postgres, its shared memory from the next start.
    await waitUntil(() => processes.every((each) => commandLine(each) === undefined), stopBudgetMs)
    await waitUntil(() => !isRunning(), stopBudgetMs)
  }
  return {
    pid,
    exited,
    isRunning,
    kill,
    killNow: () => signalTree('SIGKILL'),
    pause: () => signalTree('SIGSTOP'),
    resume: () => signalTree('SIGCONT'),
    stop: async () => {
      signalTree('SIGCONT')
      if (isRunning()) signalProcess(pid, stopSignal)
      if (!(await waitUntil(() => !isRunning(), stopBudgetMs))) await kill()
    },
  }
}

/** The last lines of a log file, for an error message. */
export function lastLines(file: string, count = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}
