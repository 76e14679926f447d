import { type KafkaConfig, readTopic } from '@relevo/kafka'
import type { Delivery } from './history.ts'

/** Every record of the topics, partition after partition, up to the ends at the start. Errors: KafkaError. */
export async function* readDeliveries(
  config: KafkaConfig,
  topics: readonly string[],
): AsyncGenerator<Delivery, void> {
  for (const topic of topics)
    for await (const { partition, offset, headers } of readTopic(config, topic))
      yield { eventId: headers.ce_id ?? null, topic, partition, offset }
}
