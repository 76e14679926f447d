import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FeatureUpgradeTypes, updateFeaturesV1 } from '@platformatic/kafka'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import { createAdmin } from './admin.ts'
import { createConsumer } from './consumer.ts'
import type { KafkaError } from './kafkaError.ts'
import { openSession } from './session.ts'
import { eventually } from './testTopic.ts'

test('a consumer ends at once, and says what to do, where brokers do not speak the consumer protocol', async (t) => {
  const directory = temporaryDirectory()
  const settings = { 'group.coordinator.rebalance.protocols': 'classic' }
  const kafka = await startKafka({ directory: join(directory, 'kafka'), settings })
  const config = { brokers: kafka.brokers, clientId: 'test' }
  const admin = createAdmin(config)
  const session = openSession(config, { connectMs: 3_000, requestMs: 20_000 })
  t.after(async () => {
    session.connections.close()
    await admin.close()
    await kafka.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const topic = 'topic'
  await admin.ensureTopics([{ topic, partitions: 1 }])
  async function crash(): Promise<KafkaError | undefined> {
    const crashes: KafkaError[] = []
    const consumer = createConsumer(config, {
      groupId: randomUUID(),
      topics: [topic],
      onBatch: async () => undefined,
      onCrash: (error) => void crashes.push(error),
    })
    await consumer.start()
    await eventually(() => crashes.length === 1)
    await consumer.stop()
    return crashes[0]
  }

  const notAllowed = await crash()
  assert.equal(notAllowed?.code, 'unsupported')
  assert.match(notAllowed.message, /add consumer to their group\.coordinator\.rebalance\.protocols/)

  // As with a cluster that was upgraded from an older Kafka, but not its features.
  const update = {
    feature: 'group.version',
    maxVersionLevel: 0,
    upgradeType: FeatureUpgradeTypes.SAFE_DOWNGRADE,
  }
  await updateFeaturesV1.api.async(await session.cluster.anyConnection(), 20_000, [update], false)
  await eventually(async () => /kafka-features\.sh upgrade/.test((await crash())?.message ?? ''))
})
