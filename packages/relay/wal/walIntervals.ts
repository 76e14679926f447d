import type { BackoffBounds } from '@relevo/backoff'

/** The pace of a relay that reads the write-ahead log, in milliseconds. */
export interface WalIntervals {
  /** Longest wait for events before the stream's other duties get their turn; default 500. */
  readonly waitMs: number
  /** Between two stores of the cursor while events arrive; default 100. */
  readonly storeMs: number
  /** Between two probes while events arrive; default 100. */
  readonly probeMs: number
  /** Between two probes when none arrive; default 1,000. */
  readonly idleProbeMs: number
  /** Between two advances of the slot; default 1,000. */
  readonly confirmMs: number
  /** Between two checks of the publication and of the standbys that hold the stream back; default 1,000. */
  readonly watchMs: number
  /** A stream that is silent for this long, while the table has events that it has not shown, is left; default 5,000. */
  readonly silenceMs: number
  /** Between two checks of a slot that nobody reads; default 10,000. */
  readonly unreadSlotMs: number
  /** A start candidate still unsafe after this long, as when a transaction is held open, is replaced; default 10,000. */
  readonly candidateMs: number
  /** How long to wait for a safe start candidate before a stream begins far behind; default 1,000. */
  readonly patienceMs: number
  /** Pauses between attempts to read the log: at most 1 s by default, doubling up to 30 s. */
  readonly retry: BackoffBounds
}

export const defaultWalIntervals: WalIntervals = {
  waitMs: 500,
  storeMs: 100,
  probeMs: 100,
  idleProbeMs: 1_000,
  confirmMs: 1_000,
  watchMs: 1_000,
  silenceMs: 5_000,
  unreadSlotMs: 10_000,
  candidateMs: 10_000,
  patienceMs: 1_000,
  retry: { initialMs: 1_000, maxMs: 30_000 },
}
