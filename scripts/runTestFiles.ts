import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { pathToFileURL } from 'node:url'
import { cpuSeconds } from './cpuSeconds.ts'
import { noTests, type TestCounts } from './testCounts.ts'

/** Where files run one after the other, beside other lanes. */
export interface Lane {
  /** Of its files alone. */
  readonly variables: Readonly<Record<string, string>>
  /** Of a server that its files alone use. */
  readonly serverPid?: number
}

export interface RunOptions {
  root: string
  files: readonly string[]
  lanes: readonly Lane[]
  testTimeoutMs: number
  /** A file that has not ended by then, because of a handle left open for example, has failed. */
  fileTimeoutMs: number
  signal: AbortSignal
}

export interface FileRun {
  readonly file: string
  readonly seconds: number
  /** Of its process, all that it started and the server of its lane; NaN where it cannot be told. */
  readonly cpuSeconds: number
  readonly counts: TestCounts
}

/** Runs test files, each in a process of its own, prints the output of each when it ends, and counts the tests. */
export async function runTestFiles(options: RunOptions): Promise<FileRun[]> {
  const waiting = [...options.files]
  const runs: FileRun[] = []
  const notes = mkdtempSync(join(tmpdir(), 'relevo-cpu-'))
  const work = async (lane: Lane, n: number) => {
    const note = join(notes, String(n))
    for (let file = waiting.shift(); file !== undefined && !options.signal.aborted; file = waiting.shift()) {
      runs.push(await runFile(file, lane, note, options))
    }
  }
  try {
    await Promise.all(options.lanes.map(work))
  } finally {
    rmSync(notes, { recursive: true, force: true })
  }
  return runs
}

/** The files that took longest and their CPU, one a line, as the run ends with them, and the CPU of all. */
export function slowestFiles(runs: readonly FileRun[], most: number): string {
  const slowest = [...runs].sort((one, other) => other.seconds - one.seconds).slice(0, most)
  const inColumn = (seconds: number) => (Number.isNaN(seconds) ? '?' : seconds.toFixed(1)).padStart(6)
  const lines = slowest.map((one) => `${inColumn(one.seconds)} s ${inColumn(one.cpuSeconds)} s  ${one.file}`)
  const known = runs.map((one) => one.cpuSeconds).filter((seconds) => !Number.isNaN(seconds))
  const all = known.reduce((sum, seconds) => sum + seconds, 0)
  return [' time     CPU', ...lines, `         ${inColumn(all)} s  all ${runs.length} files`].join('\n')
}

async function runFile(file: string, lane: Lane, note: string, options: RunOptions): Promise<FileRun> {
  const startedAt = performance.now()
  const counts = { ...noTests }
  const cpuOfServer = () => (lane.serverPid === undefined ? 0 : cpuSeconds(lane.serverPid))
  const cpuBefore = cpuOfServer()
  const stream = run({
    cwd: options.root,
    files: [file],
    env: { ...process.env, ...lane.variables },
    execArgv: [`--import=${noteCpuInto(note)}`],
    timeout: options.testTimeoutMs,
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.fileTimeoutMs)]),
  })
  let isEmpty = false
  // The runner counts a file without a single test as one that passed, under the file's own name.
  stream.on('test:pass', (test) => {
    isEmpty ||= test.nesting === 0 && resolve(options.root, test.name) === resolve(options.root, file)
  })
  stream.on('test:summary', (summary) => {
    const { tests, passed, skipped, todo } = summary.counts
    Object.assign(counts, { passed, skipped: skipped + todo, failed: tests - passed - skipped - todo })
  })
  const output = await readAll(Readable.from(withoutStatistics(stream)).compose(new spec()))
  const emptyNote = isEmpty ? '✖ it holds no test\n' : ''
  const seconds = (performance.now() - startedAt) / 1000
  process.stdout.write(`\n${file} (${seconds.toFixed(1)} s)\n${output.trim()}\n${emptyNote}`)
  const cpu = readNote(note) + cpuOfServer() - cpuBefore
  return { file, seconds, cpuSeconds: cpu, counts: isEmpty ? { ...counts, passed: 0, failed: 1 } : counts }
}

function noteCpuInto(note: string): string {
  const program = pathToFileURL(join(import.meta.dirname, 'noteCpu.js'))
  program.searchParams.set('file', pathToFileURL(note).href)
  return program.href
}

/** Takes the seconds that a file has noted; one that was killed has not. */
function readNote(note: string): number {
  try {
    return Number(readFileSync(note, 'utf8'))
  } catch {
    return Number.NaN
  } finally {
    rmSync(note, { force: true })
  }
}

// The runner ends every file with eight lines of figures; this run prints its own once, at the end.
async function* withoutStatistics(events: AsyncIterable<{ type: string; data: { nesting?: number } }>) {
  for await (const event of events) {
    if (event.type !== 'test:diagnostic' || event.data.nesting !== 0) yield event
  }
}

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
