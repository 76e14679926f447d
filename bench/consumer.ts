import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BenchProcess, startProcess } from './benchProcess.ts'
import type { ConsumeOptions, ConsumerKind } from './load/consume/consumeContract.ts'
import { slotOf } from './peers/contestant.ts'
import { countEffects, readPlaces } from './sql/effects.ts'
import type { BenchOutbox, TestBed } from './testBed.ts'
import { untilCounted } from './untilCounted.ts'

const main = join(import.meta.dirname, 'load/consumeMain.ts')
const lookEveryMs = 10

/** Starts a consumer of the topic, in a process of its own. `stop` it. */
export function startConsumer(bed: TestBed, outbox: BenchOutbox, kind: ConsumerKind): BenchProcess {
  const { url, topic } = outbox
  const slot = slotOf(outbox)
  const options: ConsumeOptions = { kind, url, brokers: bed.brokers, topic, publication: 'bench_peer', slot }
  return startProcess({
    command: process.execPath,
    args: [...flags, main, JSON.stringify(options)],
    directory: bed.directory,
    logFile: join(bed.directory, `consumer-${topic}.log`),
    variables: {},
  })
}

/** `RELEVO_BENCH_CPU_PROFILES=<folder>`: each consumer leaves a profile there. */
const profiles = process.env.RELEVO_BENCH_CPU_PROFILES
const flags = profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []

/** Resolves when about so many effects are there. */
export function untilEffects(
  outbox: BenchOutbox,
  count: number,
  process: BenchProcess,
  signal: AbortSignal,
): Promise<number> {
  return untilCounted(outbox, count, { statement: readPlaces, lookEveryMs, process, signal })
}

const patienceMs = 2_000

/** Resolves when all events have their effects, or none came for 2 s: to how many had none, and how many effects are too many. */
export async function countFaults(
  { pool }: BenchOutbox,
  sent: number,
  signal: AbortSignal,
): Promise<{ readonly lost: number; readonly twice: number }> {
  let before = -1
  for (let changed = performance.now(); ; ) {
    const { effects, events } = (await pool.query(countEffects)).rows[0]
    if (effects !== before) changed = performance.now()
    before = effects
    const isOver = events >= sent || performance.now() - changed > patienceMs
    if (isOver) return { lost: sent - events, twice: effects - events }
    await delay(lookEveryMs, undefined, { signal })
  }
}
