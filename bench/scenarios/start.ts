import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processTree } from '../../scripts/cpuSeconds.ts'
import { freeOffset } from '../../scripts/freeOffset.ts'
import { allSystems } from '../../systems/index.ts'
import { type BenchProcess, startProcess } from '../benchProcess.ts'
import type { Values } from '../measurement.ts'
import { cpuShares, proportionalBytes } from '../processUsage.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'

const settleMs = 40_000
const idleMs = 60_000
const root = join(import.meta.dirname, '../..')

/** `npm start` as a whole, with nothing to do. */
export const start: Scenario = {
  name: 'start',
  chapter: 'start',
  title: '`npm start`, idle',
  description: `From the command on new data to the table of addresses, when everything answers; then, after ${settleMs / 1_000} s to settle, over
${idleMs / 1_000} s: CPU in percent of one core, of all processes, those that have ended included, and their memory, what they share counted once (PSS).`,
  columns: [
    { key: 'readySeconds', title: 'ready, s', digits: 0 },
    { key: 'all', title: 'CPU', digits: 1 },
    { key: 'kafka', title: 'Kafka', digits: 1 },
    { key: 'postgres', title: 'Postgres', digits: 1 },
    { key: 'megabytes', title: 'MB' },
    { key: 'processes', title: 'processes' },
  ],
  rounds: (runs) => Math.min(runs, 3),
  variants: [variant('everything', []), ...allSystems.map(({ name }) => variant(name, [name]))],
}

function variant(name: string, systems: readonly string[]): Variant {
  return { name, budgetMs: 240_000, measure: (run) => beIdle(run, systems) }
}

async function beIdle({ signal }: Run, systems: readonly string[]): Promise<Values> {
  const directory = mkdtempSync(join(tmpdir(), 'relevo-idle-'))
  const logFile = join(directory, 'start.log')
  const began = performance.now()
  const started = startProcess({
    command: process.execPath,
    args: ['scripts/launch.js', 'start', ...systems, '--port-offset', String(await freeOffset())],
    directory: root,
    variables: { ...process.env, RELEVO_DATA_DIRECTORY: join(directory, 'data') } as Record<string, string>,
    logFile,
  })
  try {
    await untilEverythingRuns(started, logFile, signal)
    const readySeconds = (performance.now() - began) / 1_000
    await delay(settleMs, undefined, { signal })
    return { readySeconds, ...(await measureIdle(started.pid, signal)) }
  } finally {
    await started.stop()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function untilEverythingRuns(
  started: BenchProcess,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  while (!readFileSync(logFile, 'utf8').includes('Everything runs:')) {
    started.check()
    await delay(100, undefined, { signal })
  }
}

async function measureIdle(pid: number, signal: AbortSignal): Promise<Values> {
  const tree = processTree(pid)
  const rootOf = (program: RegExp) => tree.find((each) => program.test(commandLine(each))) ?? 0
  const shares = cpuShares({
    all: pid,
    kafka: rootOf(/ kafka\.Kafka /),
    postgres: rootOf(/\/bin\/postgres /),
  })
  const spent = shares()
  await delay(idleMs, undefined, { signal })
  const megabytes = tree.reduce((sum, each) => sum + proportionalBytes(each), 0) / 1e6
  return { ...spent(), megabytes, processes: tree.length }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // gone meanwhile
  }
}
