/** An event that a service wants recorded. */
export interface NewEvent {
  /** A UUID that identifies the event for ever; default: a new UUID version 7. */
  eventId?: string
  /** The Kafka topic it goes to. */
  topic: string
  /** Events of one key take effect in commit order. Default: the event's own id, which means no order. */
  key?: string
  /** Determines Kafka's partition; default: the key. */
  partitionKey?: string
  /** The event's type, for example `message.created`. */
  type: string
  /** Kafka headers. The event's cause is added to them: see docs/guarantees.md. */
  headers?: Record<string, string>
  /** Any JSON value; sent unchanged. */
  payload: unknown
}

/** A recorded event; it is published once the transaction has committed. */
export interface RecordedEvent {
  /** Its number in this outbox. */
  id: number
  eventId: string
  xid: bigint
  shard: number
  createdAt: Date
}

/** Anything with node-postgres' `query`: a Client, a PoolClient, or a wrapper. */
export interface Queryable {
  // biome-ignore lint/suspicious/noExplicitAny: the row type of node-postgres and of what wraps it
  query(text: string, values?: any[]): Promise<{ rows: any[] }>
}
