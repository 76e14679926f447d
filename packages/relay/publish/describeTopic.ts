import { KafkaError, type Producer } from '@relevo/kafka'

/** Do the brokers report, without being sent a record, that a topic, or a partition of it, cannot be written to? */
export async function describeTopic(
  producer: Producer,
  topic: string,
  partition: number,
): Promise<'unavailable' | 'unreachable' | undefined> {
  try {
    const { code, leaderless } = await producer.describe(topic)
    return code !== undefined || leaderless.includes(partition) ? 'unavailable' : undefined
  } catch (error) {
    if (error instanceof KafkaError) return 'unreachable'
    throw error
  }
}
