import type { QueryConfig, QueryResult, QueryResultRow } from 'pg'
import type { z } from 'zod'

/** An event as handlers receive it. */
export interface InboxEvent<Data = unknown> {
  /** A UUID, the same in each delivery. */
  readonly id: string
  readonly type: string
  readonly source: string
  /** When it was recorded. */
  readonly time: Date
  /** Events of one key arrive in the order in which they were recorded. */
  readonly key: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The record's time: when it was sent, by the sender's clock. */
  readonly recordTime: Date
  /** The payload: parsed JSON, as returned by the schema. */
  readonly data: Data
  /**
   * The payload as JSON text. Numbers in `data` are doubles: if one may have more digits, parse this, for example
   * with the `source` that JSON.parse passes to a reviver.
   */
  readonly json: string
  /** Every Kafka header. */
  readonly headers: Readonly<Record<string, string>>
}

/** The transaction in which an event takes effect; valid until the handler returns. */
export interface InboxTransaction {
  /** Whether statements may be sent before the ones before them are answered (the pool's option `pipeline`). */
  readonly pipeline?: boolean
  // biome-ignore lint/suspicious/noExplicitAny: node-postgres' own default row type
  query<Row extends QueryResultRow = any>(
    text: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<Row>>
}

/** Handles the events of one type. */
export interface InboxHandler<Data = unknown> {
  /** An event whose data do not match becomes a dead letter. */
  readonly schema?: z.ZodType<Data>
  /**
   * Applies the event, only through `tx`: effects elsewhere may happen again. It must leave the
   * transaction open and set no savepoints. If it throws, the event is retried later; an InboxError
   * `rejected` makes it a dead letter at once, `unavailable` makes all events wait for the dependency.
   */
  handle(event: InboxEvent<Data>, tx: InboxTransaction): Promise<void>
  /** Takes precedence over `handle`; created by {@link inboxBatch}. */
  readonly handleAll?: InboxBatchHandler
}

/** Applies several events of one transaction together, under the rules of `handle`. */
export type InboxBatchHandler = (events: readonly InboxEvent[], tx: InboxTransaction) => Promise<void>

/** Infers the type of a handler's data from its schema. */
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
 * Handlers of several types by one function. It gets consecutive events of a transaction, in their
 * order, so it can lock, read and write each row once for all of them. If it throws, none of them has taken
 * effect, and they are retried in halves until the failing event stands alone. Events that it records have to name their
 * cause: `headers: originOf(event)`.
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
