import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { endWithThisProcess } from '@relevo/embedded'

/** A line of a log. */
export interface LogLine {
  readonly msg: string
  readonly port?: number
}

/** A program under test as a process of its own. Its owner kills it. */
export interface TestProcess {
  readonly child: ChildProcess
  /** Its exit code, once it has ended and everything that it wrote has come; null after a signal. */
  readonly ended: Promise<number | null>
  isRunning(): boolean
  /** The first line of its log with that message, be it there already; rejects when it ends without one. */
  logged(msg: string): Promise<LogLine>
  /** The messages of its log. */
  messages(): string[]
  /** What it wrote, the errors as they came. */
  text(): string
  errors(): string
  /** SIGKILL; resolves once it has ended. */
  kill(): Promise<void>
}

/** Of what a program writes the last lines are kept. */
const mostLines = 1_000

/**
 * Starts a program with these variables alone, but for those by which `npm test` has Node.js load files sooner. It ends
 * with this process, however that ends. A command other than Node.js gets the program as its next argument.
 */
export function startProcess(
  program: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
  [command, ...before]: readonly [string, ...string[]] = [process.execPath],
): TestProcess {
  const { NODE_COMPILE_CACHE, NODE_OPTIONS } = process.env
  const child = spawn(command, [...before, program, ...args], {
    env: { NODE_COMPILE_CACHE, NODE_OPTIONS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid !== undefined) child.once('exit', endWithThisProcess(child.pid, 'SIGTERM'))
  const written: { readonly text: string; readonly isError: boolean }[] = []
  const parsed: LogLine[] = []
  const waiting = new Set<(line: LogLine) => void>()
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (text) => {
      keep(written, { text, isError: stream === child.stderr })
      const line = parse(text)
      if (!line) return
      keep(parsed, line)
      for (const look of waiting) look(line)
    })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const text = () => written.map((line) => line.text).join('\n')
  return {
    child,
    ended,
    isRunning,
    logged: (msg) =>
      new Promise((resolve, reject) => {
        const look = (line: LogLine) => line.msg === msg && resolve(line)
        waiting.add(look)
        for (const line of parsed) look(line)
        void ended.then(() => reject(new Error(`It ended before it said "${msg}":\n${text()}`)))
      }),
    messages: () => parsed.map(({ msg }) => msg),
    text,
    errors: () =>
      written
        .filter(({ isError }) => isError)
        .map((line) => line.text)
        .join('\n'),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function keep<Line>(lines: Line[], line: Line): void {
  lines.push(line)
  if (lines.length > mostLines) lines.shift()
}

function parse(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
