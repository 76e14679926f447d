import type { QueryConfig, QueryResult, QueryResultRow } from 'pg'
import type { z } from 'zod'

/** An event as a handler gets it. */
export interface InboxEvent<Data = unknown> {
  /** A UUID, the same at each delivery. */
  readonly id: string
  readonly type: string
  readonly source: string
  /** When it was recorded. */
  readonly time: Date
  /** Events of one key come in the order in which they were recorded. */
  readonly key: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The record's time: when it was sent, by the clock of whoever sent it. */
  readonly recordTime: Date
  /** The payload: parsed JSON, as the schema returned it. */
  readonly data: Data
  /**
   * The payload as text, JSON. `data` has its numbers as doubles: where one may have more digits, parse this, for example
   * with the `source` that JSON.parse gives a reviver.
   */
  readonly json: string
  /** Every Kafka header. */
  readonly headers: Readonly<Record<string, string>>
}

/** The transaction in which an event takes effect; usable until the handler returns. */
export interface InboxTransaction {
  /** Whether statements may be sent before the ones before them are answered (the pool's option `pipeline`). */
  readonly pipeline?: boolean
  // biome-ignore lint/suspicious/noExplicitAny: node-postgres' own default row type
  query<Row extends QueryResultRow = any>(
    text: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<Row>>
}

/** What is done with the events of one type. */
export interface InboxHandler<Data = unknown> {
  /** An event whose data do not fit becomes a dead letter. */
  readonly schema?: z.ZodType<Data>
  /**
   * Makes the event take effect, by `tx` only: what it does elsewhere may be done again. It must leave the
   * transaction open and set no savepoints. When it throws, the event is tried again later; an InboxError
   * `rejected` makes it a dead letter at once, `unavailable` has all events wait for what the handlers depend on.
   */
  handle(event: InboxEvent<Data>, tx: InboxTransaction): Promise<void>
  /** Goes before `handle`: see {@link inboxBatch}, which makes it. */
  readonly handleAll?: InboxBatchHandler
}

/** Has several events of one transaction take effect together; it is bound to what `handle` is. */
export type InboxBatchHandler = (events: readonly InboxEvent[], tx: InboxTransaction) => Promise<void>

/** Ties the type of a handler's data to its schema. */
export function inboxHandler<Data>(
  schema: z.ZodType<Data>,
  handle: (event: InboxEvent<Data>, tx: InboxTransaction) => Promise<void>,
): InboxHandler {
  return { schema, handle } as InboxHandler
}

/** The handlers of a consumer by event type. */
export type InboxHandlers = Readonly<Record<string, InboxHandler>>

type Schemas = Readonly<Record<string, z.ZodType>>

/** An event of one of several types, told apart by its `type`. */
export type InboxEventOf<S extends Schemas> = {
  [Type in keyof S & string]: InboxEvent<z.output<S[Type]>> & { readonly type: Type }
}[keyof S & string]

/**
 * Handlers of several types by one function. It gets those events of a transaction that follow one another, in their
 * order, so that it can lock, read and write each row once for all of them. When it throws, nothing of them has taken
 * effect, and they are tried again in halves until the event at fault stands alone. What it records has to say which event it
 * follows from: `headers: originOf(event)`.
 */
export function inboxBatch<const S extends Schemas>(
  schemas: S,
  handleAll: (events: readonly InboxEventOf<S>[], tx: InboxTransaction) => Promise<void>,
): InboxHandlers {
  const all = handleAll as unknown as InboxBatchHandler
  const handle = (event: InboxEvent, tx: InboxTransaction) => all([event], tx)
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => [type, { schema, handle, handleAll: all }]),
  )
}
