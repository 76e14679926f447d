import { setTimeout as delay } from 'node:timers/promises'
import type { BenchProcess } from '../benchProcess.ts'
import type { CarriedRecording } from '../load/loadContract.ts'
import { readSlotActive } from '../sql/peerTables.ts'
import type { BenchOutbox, TestBed } from '../testBed.ts'

/** Something that carries events from Postgres to Kafka, in a process of its own. */
export interface Contestant {
  readonly name: string
  /** How an event is recorded for it. */
  readonly recording: CarriedRecording
  /** The table whose size counts; without it, all of schema outbox. */
  readonly table?: string
  /** The header of its records that holds the event's id. */
  readonly idHeader: string
  /** Events of a backlog that it drains in some seconds. */
  readonly backlog: number
  /** Makes what it needs before the first event is recorded: tables, a replication slot. */
  prepare(bed: TestBed, outbox: BenchOutbox, signal: AbortSignal): Promise<void>
  start(bed: TestBed, outbox: BenchOutbox): Promise<BenchProcess>
  /** Resolves when it carries events as they come. */
  untilReady(outbox: BenchOutbox, process: BenchProcess, signal: AbortSignal): Promise<void>
}

const lookEveryMs = 20

/** Resolves when somebody reads from a replication slot of the outbox's database. */
export async function untilSlotActive(
  outbox: BenchOutbox,
  process: BenchProcess,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { rows } = await outbox.pool.query(readSlotActive)
    if (rows[0]?.active) return
    process.check()
    await delay(lookEveryMs, undefined, { signal })
  }
}

/** The name of a peer's replication slot: slots of all databases share their names. */
export function slotOf(outbox: BenchOutbox): string {
  return `peer_${outbox.topic}`
}
