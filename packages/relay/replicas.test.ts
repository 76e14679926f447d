import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import { eventually, twoBrokers } from '@relevo/testing'
import { audit } from './index.ts'
import { relayHarness } from './relayHarness.ts'

// A pair of brokers, of which one is killed and started again.
const slow = { timeout: 300_000 }
const budgetMs = 90_000

test(
  'a topic below its min.insync.replicas holds back its own keys, and goes on by itself when the broker is back',
  slow,
  async (t) => {
    const { first, second, restartSecond } = await twoBrokers(t)
    const { admin, kafka, producer, record, startRelay, states, pool } = await relayHarness(t, first.brokers)
    const [safe, loose] = [`safe-${randomUUID()}`, `loose-${randomUUID()}`]
    const two = { partitions: 2, replicationFactor: 2 }
    await admin.ensureTopics([
      { topic: safe, ...two, config: { 'min.insync.replicas': '2' } },
      { topic: loose, ...two, config: { 'min.insync.replicas': '1' } },
    ])
    const relay = startRelay({
      retry: { initialMs: 10, maxMs: 500 },
      refusalRetry: { initialMs: 10, maxMs: 20 },
    })
    const keys = ['a', 'b', 'c', 'd']
    const recordRound = (round: number) =>
      record(
        ...keys.flatMap((key) => [
          { topic: safe, key: `safe ${key}`, payload: round },
          { topic: loose, key: `loose ${key}`, payload: round },
        ]),
      )
    await recordRound(0)
    await eventually(async () => (await states()).E === 8, 'all are sent by two brokers', budgetMs)

    await second().kill()
    await recordRound(1)
    await eventually(async () => (await states()).E === 12, 'those of the other topic are sent', budgetMs)
    await eventually(() => relay.status().heldTopics.length > 0, 'the topic is held', budgetMs)
    const isShort = async () => {
      const probe = producer.send([{ topic: safe, key: 'probe', value: '-1', headers: {} }])
      return (await probe.catch((error) => error))?.code === 'notEnoughReplicas'
    }
    await eventually(isShort, 'the broker has too few replicas', budgetMs)
    await recordRound(2)
    await eventually(
      async () => (await states()).E === 16,
      'later ones of the other topic are sent',
      budgetMs,
    )
    assert.deepEqual([...new Set(relay.status().heldTopics.map(({ topic }) => topic))], [safe])

    await restartSecond()
    await eventually(async () => (await states()).E === 24, 'all are sent', budgetMs)
    await eventually(() => relay.status().heldTopics.length === 0, 'nothing is held', budgetMs)
    for (const { difference } of await audit(pool)) assert.equal(difference, 0)
    for (const topic of [safe, loose]) {
      const values = new Map<string, number[]>()
      for await (const { key, value } of readTopic(kafka, topic))
        if (key !== 'probe') values.set(key ?? '', [...(values.get(key ?? '') ?? []), Number(value)])
      const firsts = [...values.values()].map((all) => [...new Set(all)])
      assert.deepEqual(
        firsts,
        keys.map(() => [0, 1, 2]),
      )
    }
  },
)
