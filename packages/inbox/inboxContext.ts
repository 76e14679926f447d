import type { BackoffBounds } from '@relevo/backoff'
import type { Logger } from '@relevo/kafka'
import type pg from 'pg'
import type { Availability } from './availability.ts'
import type { InboxCounts } from './inboxCounts.ts'
import type { ReceiveOptions } from './receivedRecord.ts'
import type { RunOptions } from './runHandlers.ts'

/** State shared by the parts of one inbox. */
export interface InboxContext {
  readonly pool: pg.Pool
  /** The consumer group, which identifies the consumer in the tables. */
  readonly consumer: string
  /** Maximum number of events per transaction. */
  readonly transactionEvents: number
  readonly receive: ReceiveOptions
  readonly retry: BackoffBounds & {
    readonly attempts: number
    /** How long an event waits for its handler's dependency. */
    readonly unavailableMs: number
  }
  readonly availability: Availability
  /** How often in succession the transaction of a held event broke, by position. */
  readonly breaks: Map<string, number>
  /** Offsets to which partitions went back because the database was behind, by `topic:partition`. */
  readonly wentBack: Map<string, bigint>
  readonly run: RunOptions
  readonly counts: InboxCounts
  readonly logger: Logger
  /** Aborted when the inbox stops. */
  readonly signal: AbortSignal
  /** Tells the worker that there is something to retry or to publish. */
  readonly wake: () => void
}
