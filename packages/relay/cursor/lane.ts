import { type Cursor, openWindow, parseSnapshot } from '@relevo/cursor'
import type { CursorRow } from '../sql/leases.ts'

/**
 * Shards with equal cursors; they are read, sent and stored together.
 *
 *   idle (no window) ──open──▶ paging ──last page acknowledged──▶ idle
 *                                │  ▲
 *                    broker fails▼  │retry
 *                              stalled
 */
export interface Lane extends Cursor {
  /** The epoch of each shard's lease. */
  shards: Map<number, bigint>
  stall: Stall | undefined
  /** True until the first window after the cursor was loaded: a failover may have left anything due. */
  fresh: boolean
  /** Is memory ahead of the stored cursors? Without events in between, storing them is not urgent. */
  unstored: boolean
}

/** The page after the window's last id that the broker has not accepted. */
export interface Stall {
  attempts: number
  /** By performance.now(). */
  retryAt: number
  /** Ids of the page's events that Kafka has acknowledged nevertheless. */
  acknowledged: Set<number>
}

/** The lanes of cursors just loaded: equal cursors share one. */
export function toLanes(rows: readonly CursorRow[]): Lane[] {
  const lanes = new Map<string, Lane>()
  for (const row of rows) {
    const cursor = [row.published, row.published_seq, row.target, row.last_id].join(' ')
    const lane = lanes.get(cursor)
    if (lane) lane.shards.set(row.shard, BigInt(row.epoch))
    else lanes.set(cursor, toLane(row))
  }
  return [...lanes.values()]
}

function toLane(row: CursorRow): Lane {
  const published = { snapshot: parseSnapshot(row.published), seq: Number(row.published_seq) }
  const target = row.target && { snapshot: parseSnapshot(row.target), seq: Number(row.target_seq) }
  return {
    shards: new Map([[row.shard, BigInt(row.epoch)]]),
    published,
    window: target ? openWindow(published, target, Number(row.last_id)) : undefined,
    stall: undefined,
    fresh: true,
    unstored: false,
  }
}

/** Merges lanes that are idle at the same position. */
export function mergeIdle(lanes: readonly Lane[]): Lane[] {
  const merged = new Map<string, Lane>()
  const rest: Lane[] = []
  for (const lane of lanes) {
    const position = `${lane.published.snapshot.text} ${lane.published.seq}`
    const twin = merged.get(position)
    if (lane.window || lane.stall) rest.push(lane)
    else if (twin === undefined) merged.set(position, lane)
    else {
      for (const [shard, epoch] of lane.shards) twin.shards.set(shard, epoch)
      twin.fresh ||= lane.fresh
      twin.unstored ||= lane.unstored
    }
  }
  return [...merged.values(), ...rest]
}

/** Drops shards that are no longer held, and lanes without shards. */
export function keepHeld(lanes: readonly Lane[], holds: (shard: number) => boolean): Lane[] {
  for (const lane of lanes)
    for (const shard of lane.shards.keys()) if (!holds(shard)) lane.shards.delete(shard)
  return lanes.filter((lane) => lane.shards.size > 0)
}

/** The window is done: everything its target sees is published. */
export function closeWindow(lane: Lane): void {
  if (lane.window) lane.published = lane.window.target
  lane.window = undefined
}
