import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { addCounts, noTests, type TestCounts } from './testCounts.ts'

export interface RunOptions {
  root: string
  files: readonly string[]
  /** How many files run at a time. */
  concurrency: number
  testTimeoutMs: number
  /** A file that has not ended by then, because of a handle left open for example, has failed. */
  fileTimeoutMs: number
  signal: AbortSignal
}

/** Runs test files, each in a process of its own, prints the output of each when it ends, and counts the tests. */
export async function runTestFiles(options: RunOptions): Promise<TestCounts> {
  const waiting = [...options.files]
  const counts: TestCounts[] = []
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined && !options.signal.aborted; file = waiting.shift()) {
      counts.push(await runFile(file, options))
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work))
  return addCounts(...counts)
}

async function runFile(file: string, options: RunOptions): Promise<TestCounts> {
  const counts = { ...noTests }
  const stream = run({
    cwd: options.root,
    files: [file],
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
  process.stdout.write(`\n${file}\n${output.trim()}\n${emptyNote}`)
  return isEmpty ? { ...counts, passed: 0, failed: 1 } : counts
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
