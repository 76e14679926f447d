import type { ProbeResult } from './readProbe.ts'
import { endedBetween, type Snapshot } from './snapshot.ts'

/**
 * A point in a table's history: everything that `snapshot` sees is before it. The snapshot names as in progress
 * every transaction that has an id up to `seq` and is not before it.
 */
export interface Position {
  snapshot: Snapshot
  /** An id that was drawn before the snapshot was taken, or one below those. */
  seq: number
}

/**
 * Postgres logs a sequence this far ahead, so that a new primary finds it further than any id that was drawn. When the
 * old one is primary again, whose own sequence is not ahead, these ids are still to come. (SEQ_LOG_VALS)
 */
const loggedAhead = 32

/**
 * The events that `target` sees and the position before it does not: each event is in exactly one window.
 * Within it they go by id: first the late ones, of transactions that were in progress in the position before
 * (ids up to its seq), then the new ones (ids above).
 */
export interface Window {
  target: Position
  /** Transactions whose events are late. */
  late: bigint[]
  /** Events of the window up to this id are done; 0 when none is. */
  lastId: number
}

/** What is stored for a shard: `published` sees what is done, and so does the open window up to its last id. */
export interface Cursor {
  published: Position
  window: Window | undefined
}

/** A probe that follows another. */
export interface Probe extends Pick<ProbeResult, 'snapshot' | 'seq'> {
  /** The sequence as the probe before it read it, so before this snapshot was taken. */
  seqBefore: number
}

/** May there be an event that `probe` sees and `published` does not? */
export function isDue(published: Position, probe: Probe): boolean {
  return (
    probe.seq > published.seq + loggedAhead || endedBetween(published.snapshot, probe.snapshot).length > 0
  )
}

export function openWindow(published: Position, target: Position, lastId = 0): Window {
  return { target, late: endedBetween(published.snapshot, target.snapshot), lastId }
}

export function positionOf(probe: Probe): Position {
  return { snapshot: probe.snapshot, seq: probe.seqBefore - loggedAhead }
}
