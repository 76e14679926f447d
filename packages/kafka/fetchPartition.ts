import { check } from './brokerCodes.ts'
import type { BrokerAddress } from './config.ts'
import { type Fetched, fetchBatches } from './fetchRequest.ts'
import type { Session } from './session.ts'

/** The record to begin with. */
interface Place {
  readonly topic: string
  readonly partition: number
  readonly next: bigint
}

/** Fetches a partition from its leader with one request, without waiting for more records. Errors: KafkaError. */
export async function fetchPartition(
  { cluster, connections }: Session,
  leader: BrokerAddress,
  { topic, partition, next: offset }: Place,
  options: { readonly maxBytes: number; readonly committed?: boolean },
): Promise<Fetched | undefined> {
  const topicId = cluster.cached(topic)?.id ?? ''
  const { maxBytes } = options
  const places = [{ topicId, partition, offset, maxBytes }]
  const [fetched] = await fetchBatches(await connections.to(leader), places, { ...options, waitMs: 0 })
  check(fetched?.errorCode ?? -1, `Topic ${topic} cannot be read`, topic)
  return fetched
}
