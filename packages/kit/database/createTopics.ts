import { setTimeout as delay } from 'node:timers/promises'
import { type TopicContract, type TopicDefinition, topicDefinition } from '@relevo/contracts'
import { type Admin, createAdmin, type KafkaConfig, KafkaError } from '@relevo/kafka'
import type { Logger } from '../process/logger.ts'

const retryEveryMs = 1_000

/**
 * Creates those of the topics that Kafka does not have, waiting for brokers that are not up yet.
 * @throws KafkaError when Kafka refuses, or is not there within `timeoutMs`.
 */
export async function createTopics(
  kafka: KafkaConfig,
  topics: readonly TopicContract[],
  timeoutMs: number,
  logger: Logger,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  const definitions = topics.map(topicDefinition)
  const admin = createAdmin({ ...kafka, logger })
  try {
    let told = false
    const onAway = (err: KafkaError) => {
      if (!told) logger.warn({ err }, `Kafka at ${kafka.brokers.join(', ')} cannot be reached yet`)
      told = true
    }
    while (!(await tryToCreate(admin, definitions, deadline, onAway))) await delay(retryEveryMs)
  } finally {
    await admin.close()
  }
}

async function tryToCreate(
  admin: Admin,
  definitions: readonly TopicDefinition[],
  deadline: number,
  onAway: (error: KafkaError) => void,
): Promise<boolean> {
  try {
    await admin.ensureTopics(definitions)
    return true
  } catch (error) {
    if (!(error instanceof KafkaError) || !error.retryable || performance.now() > deadline) throw error
    onAway(error)
    return false
  }
}
