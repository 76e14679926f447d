import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createAdmin } from './admin.ts'
import { keyOf, ownedPartition } from './ownedPartition.ts'
import { createPartitionFetcher } from './partitionFetcher.ts'
import { createProducer } from './producer.ts'
import { openSession } from './session.ts'
import { eventually, testRecord, testTopic } from './testTopic.ts'

/** A fetcher of a topic with one partition, whose batch waits for its turn until `handleIt`. */
async function startFetcher(t: TestContext, maxBytesPerPartition: number) {
  const { config, topic } = await testTopic()
  const session = openSession(config, { connectMs: 3_000, requestMs: 20_000 })
  const [admin, producer] = [createAdmin(config), createProducer(config)]
  const topicId = (await session.cluster.topics([topic], 0)).get(topic)?.id ?? ''
  const place = ownedPartition(topic, topicId, 0)
  const stopping = new AbortController()
  let turn = Promise.withResolvers<void>()
  const handled: string[][] = []
  const fetcher = createPartitionFetcher({
    config,
    groupId: randomUUID(),
    session,
    owned: new Map([[keyOf(topicId, 0), place]]),
    maxBytesPerPartition,
    gatherMs: 0,
    signal: stopping.signal,
    async handle() {
      await turn.promise
      const batch = place.waiting
      place.waiting = undefined
      handled.push(batch?.records.map(({ value }) => String(value)) ?? [])
      place.position = batch?.next
    },
    onError: () => {},
    onFetched: () => {},
  })
  const running = fetcher.run()
  t.after(async () => {
    stopping.abort()
    turn.resolve()
    await running
    await Promise.all([admin.close(), producer.close(), session.connections.close()])
  })
  return {
    place,
    handled,
    send: (value: string) => producer.send([testRecord(topic, value)]),
    handleIt() {
      turn.resolve()
      turn = Promise.withResolvers()
    },
  }
}

test('what comes while a batch waits for its turn is added to it', async (t) => {
  const { place, handled, send, handleIt } = await startFetcher(t, 1024 * 1024)
  await send('1')
  await eventually(() => place.waiting)
  for (const value of ['2', '3', '4']) await send(value)
  await eventually(() => place.waiting?.records.length === 4)
  handleIt()
  await eventually(() => handled.length === 1)
  await send('5')
  await eventually(() => place.waiting)
  handleIt()
  await eventually(() => handled.length === 2)
  assert.deepEqual(handled, [['1', '2', '3', '4'], ['5']])
})

test('a batch does not grow beyond its bound while it waits, and nothing is left out', async (t) => {
  const { place, handled, send, handleIt } = await startFetcher(t, 2_500)
  const values = ['1', '2', '3', '4', '5', '6'].map((digit) => digit.repeat(1_000))
  const [first = '', ...others] = values
  await send(first)
  await eventually(() => place.waiting)
  for (const value of others) await send(value)
  await eventually(() => place.waiting?.bytes === 2_500)
  assert.equal(place.waiting?.records.length, 2)
  await eventually(() => {
    if (place.waiting) handleIt()
    return handled.flat().length === values.length
  })
  assert.deepEqual(handled.flat(), values)
})
