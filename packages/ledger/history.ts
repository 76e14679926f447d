/** Identifies an event by its event id (a UUID), or by its number in the outbox. */
export type EventRef = string | number

/** What the senders of requests recorded. */
export interface Ledger {
  /** Events whose recording was acknowledged. */
  acknowledged: Iterable<EventRef>
  /** Events of requests with an unknown outcome, for example after a time-out: they may exist, once. */
  unknown?: Iterable<EventRef>
}

/** A row of the outbox, as far as the check needs it. */
export interface OutboxRow {
  id: number
  eventId: string
  key: string
}

/** A record of Kafka, as far as the check needs it. */
export interface Delivery {
  /** Null if the record does not identify its event. */
  eventId: string | null
  topic: string
  partition: number
  offset: bigint
}

/** One effect of an event; an event that took effect twice appears twice. */
export interface Effect {
  event: EventRef
}

/** A list or a stream, iterated once. */
export type Sequence<T> = Iterable<T> | AsyncIterable<T>

/** Everything known about a run at rest. */
export interface History {
  ledger: Ledger
  /** Every row of the outbox, ordered by id, which is commit order for each key. */
  outbox: Sequence<OutboxRow>
  /** Every record, those of a partition in the order of their offsets. */
  deliveries: Sequence<Delivery>
  effects?: Sequence<Effect>
  /** Whether the effects come in the order in which they happened; if so, that is checked by key, too. */
  effectsInOrder?: boolean
  /** Events that an operator left out on purpose: they may be missing in Kafka. */
  leftOut?: Iterable<EventRef>
  /** Records that the consumers have not read yet. */
  lag?: number
  /** Events that the relay's own audit cannot account for. */
  auditDifference?: number
}
