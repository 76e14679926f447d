import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { waitUntil } from '@relevo/embedded'
import { prints, readPage, type Step } from './commands.ts'

const run = promisify(execFile)
const stepBudgetMs = 300_000
const untilBudgetMs = 60_000
const pollMs = 250
const stopBudgetMs = 60_000

export interface Surroundings {
  /** The folders that a page may say its commands are run in. */
  readonly places: Readonly<Record<string, string>>
  readonly variables: Readonly<Record<string, string>>
  /** What stands in the commands, and what is put in its place: ports, above all. */
  readonly replaced: readonly (readonly [string, string])[]
}

/**
 * Does what a page says, as its reader would in a terminal: `cd` and `export` hold for the commands behind them.
 * @returns how many steps were run.
 * @throws Error with page, line and output when a command fails or does not print what the page says.
 */
export async function runPage(file: string, surroundings: Surroundings): Promise<number> {
  const { place, steps } = readPage(readFileSync(file, 'utf8'))
  const folder = surroundings.places[place]
  if (folder === undefined)
    throw new Error(`${file} says to run its commands in "${place}", which is unknown`)
  const terminal = new Terminal(folder, surroundings)
  const wanted = steps.filter(({ notRun }) => notRun === undefined)
  try {
    for (const step of wanted)
      await terminal.run(step).catch((cause: Error) => {
        throw new Error(`${file}:${step.line}: ${step.text}\n${cause.message}`, { cause })
      })
  } finally {
    await terminal.close()
  }
  return wanted.length
}

class Terminal {
  #folder: string
  readonly #surroundings: Surroundings
  readonly #notes = mkdtempSync(join(tmpdir(), 'relevo-docs-'))
  readonly #running: Background[] = []

  constructor(folder: string, surroundings: Surroundings) {
    this.#folder = folder
    this.#surroundings = surroundings
    writeFileSync(this.#exports, '')
  }

  get #exports(): string {
    return join(this.#notes, 'exports')
  }

  async run(step: Step): Promise<void> {
    if (step.kind === 'diff') return this.#apply(step.text)
    const expected = step.expected && this.#replace(step.expected)
    if (step.run === 'runsOn') return this.#begin(this.#replace(step.text), expected ?? '')
    const deadline = performance.now() + (step.run === 'until' ? untilBudgetMs : 0)
    for (;;) {
      try {
        return await this.#check(this.#replace(step.text), expected)
      } catch (error) {
        if (performance.now() > deadline) throw error
      }
      await delay(pollMs)
    }
  }

  async #check(text: string, expected: string | undefined): Promise<void> {
    const output = await this.#execute(text)
    if (expected !== undefined && !prints(output, expected))
      throw new Error(`It should print\n${expected}\nand printed\n${output}`)
  }

  async close(): Promise<void> {
    for (const one of this.#running.reverse()) await one.stop()
    rmSync(this.#notes, { recursive: true, force: true })
  }

  #replace(text: string): string {
    return this.#surroundings.replaced.reduce((rest, [from, to]) => rest.replaceAll(from, to), text)
  }

  get #options() {
    // The Node.js that runs this, for what the commands call.
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`
    return { cwd: this.#folder, env: { ...process.env, PATH, ...this.#surroundings.variables } }
  }

  async #execute(text: string): Promise<string> {
    const where = join(this.#notes, 'folder')
    const script = `set -euo pipefail\n. '${this.#exports}'\n${text}\nexport -p >'${this.#exports}'\npwd >'${where}'`
    const { stdout, stderr } = await run('bash', ['-c', script], {
      ...this.#options,
      timeout: stepBudgetMs,
      maxBuffer: 64 * 1024 * 1024,
    }).catch((error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message, { cause: error })
    })
    this.#folder = readFileSync(where, 'utf8').trimEnd()
    return stdout + stderr
  }

  async #apply(diff: string): Promise<void> {
    const file = join(this.#notes, 'change.diff')
    writeFileSync(file, `${diff}\n`)
    await run('git', ['apply', '-p0', file], this.#options)
  }

  async #begin(text: string, expected: string): Promise<void> {
    const background = new Background(text, this.#options)
    this.#running.push(background)
    await waitUntil(() => prints(background.output, expected) || !background.runs, stepBudgetMs)
    if (!background.runs || !prints(background.output, expected))
      throw new Error(`It should run and print\n${expected}\nand printed\n${background.output}`)
  }
}

/** A command that runs on, in a process group of its own, which a Ctrl-C reaches whole. */
class Background {
  output = ''
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>

  constructor(text: string, options: object) {
    this.#child = spawn('bash', ['-c', text], {
      ...options,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#exit = once(this.#child, 'exit')
    const add = (chunk: Buffer) => {
      this.output += chunk
    }
    this.#child.stdout?.on('data', add)
    this.#child.stderr?.on('data', add)
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async stop(): Promise<void> {
    if (!this.runs) return
    this.#signal('SIGINT')
    const timer = setTimeout(() => this.#signal('SIGKILL'), stopBudgetMs)
    await this.#exit
    clearTimeout(timer)
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid !== undefined) process.kill(-pid, signal)
  }
}
