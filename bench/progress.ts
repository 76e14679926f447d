import { setTimeout as delay } from 'node:timers/promises'
import { readAcknowledged, readHeldShards } from './sql/progress.ts'
import type { BenchOutbox } from './testBed.ts'

const lookEveryMs = 20

/** Resolves, by looks at the cursors, when at least `events` are acknowledged: to how many were. */
export async function untilAcknowledged(
  outbox: BenchOutbox,
  events: number,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    const { rows } = await outbox.pool.query(readAcknowledged)
    const acknowledged = Number(rows[0]?.acknowledged)
    if (acknowledged >= events) return acknowledged
    await delay(lookEveryMs, undefined, { signal })
  }
}

/** Resolves when relays hold every shard. */
export async function untilRelayWorks(outbox: BenchOutbox, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { rows } = await outbox.pool.query(readHeldShards)
    if (rows[0]?.held === rows[0]?.shards) return
    await delay(lookEveryMs, undefined, { signal })
  }
}
