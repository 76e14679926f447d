import type { z } from 'zod'
import type { TopicContract } from './topicContract.ts'

/** What Kafka's partition is chosen by: the ordering key, or the event's type (then a type keeps its order as a whole). */
export type PartitionBy = 'key' | 'type'

/** One version of one type of event. */
export interface EventContract<Payload = unknown> {
  /** As it is on the wire; a version that is not compatible with the first is a type of its own, `name.v2`. */
  readonly type: string
  readonly version: number
  readonly summary: string
  readonly topic: TopicContract
  readonly payload: z.ZodType<Payload>
  /** Events of one key take effect in commit order. Null: each event is a key of its own, so that none waits. */
  readonly key: ((payload: Payload) => string) | null
  readonly partitionBy: PartitionBy
  /** The service that records it, and those that consume it. */
  readonly producer: string
  /** Services that record it as well, with an outbox of their own. */
  readonly otherProducers?: readonly string[]
  readonly consumers: readonly string[]
}

/** Makes sure at compile time that the key fits the payload. */
export function defineEvent<Payload>(contract: EventContract<Payload>): EventContract<Payload> {
  return contract
}
