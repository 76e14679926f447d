/** Names an event: by its event id (a UUID), or by its number in the outbox. */
export type EventRef = string | number

/** What those who sent requests wrote down. */
export interface Ledger {
  /** Events whose recording was acknowledged. */
  acknowledged: Iterable<EventRef>
  /** Events of requests whose outcome nobody knows, for example after a time-out: they may be there, once. */
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
  /** Null when the record does not say which event it is. */
  eventId: string | null
  topic: string
  partition: number
  offset: bigint
}

/** One effect of an event; an event that took effect twice is there twice. */
export interface Effect {
  event: EventRef
}

/** What is iterated once; a list or a stream. */
export type Sequence<T> = Iterable<T> | AsyncIterable<T>

/** All that is known of a run once it is quiet. */
export interface History {
  ledger: Ledger
  /** Every row of the outbox, ordered by id, which is commit order for each key. */
  outbox: Sequence<OutboxRow>
  /** Every record, those of a partition in the order of their offsets. */
  deliveries: Sequence<Delivery>
  effects?: Sequence<Effect>
  /** Whether the effects come in the order in which they were taken; then that is checked by key, too. */
  effectsInOrder?: boolean
  /** Events that an operator left out on purpose: they may be missing in Kafka. */
  leftOut?: Iterable<EventRef>
  /** Records that the consumers have still to read. */
  lag?: number
  /** Events that the relay's own audit cannot account for. */
  auditDifference?: number
}
