/** An event that a service wants recorded. */
export interface NewEvent {
  /** A UUID that names the event for ever; default: a new UUID version 7. */
  eventId?: string
  /** The Kafka topic it goes to. */
  topic: string
  /** Events of one key take effect in commit order. Default: the event's own id, so that no order is kept. */
  key?: string
  /** What Kafka's partition is chosen by; default: the key. */
  partitionKey?: string
  /** The event's type, for example `message.created`. */
  type: string
  /** Kafka headers. What the event follows from is added to them: see docs/guarantees.md. */
  headers?: Record<string, string>
  /** Any JSON value; it is sent as it is. */
  payload: unknown
}

/** An event that is recorded; it goes out once the transaction has committed. */
export interface RecordedEvent {
  /** Its number in this outbox. */
  id: number
  eventId: string
  xid: bigint
  shard: number
  createdAt: Date
}

/** Whatever has node-postgres' `query`: a Client, a PoolClient, or what wraps one. */
export interface Queryable {
  // biome-ignore lint/suspicious/noExplicitAny: the row type of node-postgres and of what wraps it
  query(text: string, values?: any[]): Promise<{ rows: any[] }>
}
