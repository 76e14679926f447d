// The scenarios of the document that the commissions system comes from, on its real processes.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type KafkaConfig, readTopic } from '@relevo/kafka'
import { eventually, forAllTests } from '@relevo/testing'
import { commissionsSystem, expectEachOnce, readEvents } from './support/commissionsSystem.ts'
import { getJson } from './support/http.ts'

const calculated = 'commission.calculated'
const approved = 'commission.approved'
/** One for all tests: each leaves it running, with every event that it made in the file. */
const running = forAllTests(commissionsSystem)

test('calculate, approve and query; each change is in Kafka and in the file once', async (t) => {
  const system = running()
  const { commissions, calculate, approve, kafka, eventsFile, pool } = system
  const conversionId = randomUUID()
  const { status, body } = await calculate(conversionId)
  assert.equal(status, 201)
  const { commissionId } = body
  const approval = await approve(commissionId)
  assert.deepEqual([approval.status, approval.body.status], [200, 'APPROVED'])
  const found = await getJson(`${commissions.url}/commissions/by-conversion/${conversionId}`)
  const { netAmount, currency } = found
  assert.deepEqual(
    [found.commissionId, found.status, netAmount, currency],
    [commissionId, 'APPROVED', 15.06, 'USD'],
  )

  await expectEachOnce(system, eventsFile)
  const lines = await readEvents(eventsFile)
  assert.deepEqual(
    lines.map(({ type, subject, source }) => [type, subject, source]),
    [calculated, approved].map((type) => [type, commissionId, '/relevo/commissions']),
  )
  assert.deepEqual(lines[0]?.data.netAmount, { amount: '15.06', currency: 'USD' })
  const records = await topicRecords(kafka)
  assert.deepEqual(
    records.map(({ type, key }) => [type, key]),
    [
      [calculated, commissionId],
      [approved, commissionId],
    ],
  )

  await t.test('a conversion that comes twice, or a hundred times at once, has one commission', async () => {
    const again = await calculate(conversionId)
    assert.deepEqual([again.status, again.body], [201, { commissionId }])
    const popular = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => persistently(() => calculate(popular))),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    const ids = new Set(answers.map(({ body }) => body.commissionId))
    assert.equal(ids.size, 1)
    const approvals = await Promise.all(
      Array.from({ length: 20 }, () => persistently(() => approve([...ids][0]))),
    )
    assert.deepEqual(new Set(approvals.map(({ status }) => status)), new Set([200]))
    const { rows } = await pool.query('select count(*)::integer as commissions from commission')
    assert.equal(rows[0].commissions, 2)
    await expectEachOnce(system, eventsFile)
    assert.equal((await readEvents(eventsFile)).length, 4)
  })
})

test('a subscriber that was stopped goes on from its offsets, and a new one begins with the first event', async () => {
  const system = running()
  const { complete, notifications, eventsFile, subscribe } = system
  const earlier = (await readEvents(eventsFile)).length
  for (let i = 0; i < 5; i++) await complete()
  await expectEachOnce(system, eventsFile)
  assert.equal(await notifications.stop(), 0)
  for (let i = 0; i < 10; i++) await complete()
  assert.equal((await readEvents(eventsFile)).length, earlier + 10)
  await notifications.start()
  await expectEachOnce(system, eventsFile)

  const { file, service } = await subscribe({ KAFKA_GROUP_PREFIX: 'audit' })
  await expectEachOnce(system, file)
  await expectEachOnce(system, eventsFile)
  await service.kill()
})

test('while Kafka is down commissions are calculated and approved; their events are published when it is back', async () => {
  const system = running()
  const { complete, stopKafka, startKafka, eventsFile, kafka } = system
  const earlier = (await readEvents(eventsFile)).length
  await complete()
  await expectEachOnce(system, eventsFile)
  await stopKafka()
  for (let i = 0; i < 20; i++) await complete()
  assert.equal((await readEvents(eventsFile)).length, earlier + 2)
  await startKafka()
  await expectEachOnce(system, eventsFile)
  const ids = new Set((await topicRecords(kafka)).map(({ id }) => id))
  assert.equal(ids.size, earlier + 42)
})

test('a relay that was stopped, or killed, goes on where it was', async () => {
  const system = running()
  const { complete, relay, eventsFile } = system
  await complete()
  assert.equal(await relay.stop(), 0)
  for (let i = 0; i < 5; i++) await complete()
  await relay.start()
  await expectEachOnce(system, eventsFile)
  await relay.kill()
  for (let i = 0; i < 5; i++) await complete()
  await relay.start()
  await expectEachOnce(system, eventsFile)
})

/** Asks again while the answer is 503, which a busy machine may give to some of a hundred at once. */
function persistently<A extends { readonly status: number }>(ask: () => Promise<A>): Promise<A> {
  const look = async () => {
    const answer = await ask()
    return answer.status !== 503 && answer
  }
  return eventually(look, 'an answer other than 503', 60_000) as Promise<A>
}

interface TopicRecord {
  id: string | undefined
  type: string | undefined
  key: string | null
}

async function topicRecords(kafka: KafkaConfig): Promise<TopicRecord[]> {
  const records: TopicRecord[] = []
  for await (const { headers, key } of readTopic(kafka, 'commissions'))
    records.push({ id: headers.ce_id, type: headers.ce_type, key })
  return records
}
