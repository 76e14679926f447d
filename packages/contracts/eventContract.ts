import type { z } from 'zod'
import type { TopicContract } from './topicContract.ts'

/** Determines Kafka's partition: the ordering key, or the event's type (which then keeps the order of the whole type). */
export type PartitionBy = 'key' | 'type'

/** One version of one type of event. */
export interface EventContract<Payload = unknown> {
  /** As on the wire; a version that is incompatible with the first is a separate type, `name.v2`. */
  readonly type: string
  readonly version: number
  readonly summary: string
  readonly topic: TopicContract
  readonly payload: z.ZodType<Payload>
  /** Events of one key take effect in commit order. Null: each event has its own key, so none waits. */
  readonly key: ((payload: Payload) => string) | null
  readonly partitionBy: PartitionBy
  /** The service that records it, and its consumers. */
  readonly producer: string
  /** Other services that record it, each with its own outbox. */
  readonly otherProducers?: readonly string[]
  readonly consumers: readonly string[]
}

/** Checks at compile time that the key fits the payload. */
export function defineEvent<Payload>(contract: EventContract<Payload>): EventContract<Payload> {
  return contract
}
