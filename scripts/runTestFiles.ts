import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { noTests, type TestCounts } from './testCounts.ts'

export interface RunOptions {
  root: string
  files: readonly string[]
  /** Variables of the files that run at a time, one set for each of them. */
  lanes: readonly Readonly<Record<string, string>>[]
  testTimeoutMs: number
  /** A file that has not ended by then, because of a handle left open for example, has failed. */
  fileTimeoutMs: number
  signal: AbortSignal
}

export interface FileRun {
  readonly file: string
  readonly seconds: number
  readonly counts: TestCounts
}

/** Runs test files, each in a process of its own, prints the output of each when it ends, and counts the tests. */
export async function runTestFiles(options: RunOptions): Promise<FileRun[]> {
  const waiting = [...options.files]
  const runs: FileRun[] = []
  const work = async (variables: Readonly<Record<string, string>>) => {
    for (let file = waiting.shift(); file !== undefined && !options.signal.aborted; file = waiting.shift()) {
      runs.push(await runFile(file, variables, options))
    }
  }
  await Promise.all(options.lanes.map(work))
  return runs
}

/** The files that took longest, one a line, as the run ends with them. */
export function slowestFiles(runs: readonly FileRun[], most: number): string {
  const slowest = [...runs].sort((one, other) => other.seconds - one.seconds).slice(0, most)
  return slowest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(6)} s  ${file}`).join('\n')
}

async function runFile(
  file: string,
  variables: Readonly<Record<string, string>>,
  options: RunOptions,
): Promise<FileRun> {
  const startedAt = performance.now()
  const counts = { ...noTests }
  const stream = run({
    cwd: options.root,
    files: [file],
    env: { ...process.env, ...variables },
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
  return { file, seconds, counts: isEmpty ? { ...counts, passed: 0, failed: 1 } : counts }
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
