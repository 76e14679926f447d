import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { partitionOf } from '@relevo/kafka'
import { forAllTests } from '@relevo/testing'
import { logInTo, runningConsole } from './consoleHarness.ts'
import { filledTopic } from './kafkaHarness.ts'

const stack = forAllTests(async (t) => {
  const [kafka, console] = await Promise.all([filledTopic(t), runningConsole(t, {})])
  return { ...kafka, console }
})

const read = async (query: Record<string, string>, headers: Record<string, string> = {}) => {
  const { console, topic } = stack()
  return (
    await console.ask(`/console/kafka/messages?${new URLSearchParams({ topic, ...query })}`, { headers })
  ).body
}

test('brokers, topics with their sizes, and groups with their lag are shown', async () => {
  const { console, topic, group } = stack()
  const { body } = await console.ask('/console/kafka')
  const own = body.topics.find((each: { topic: string }) => each.topic === topic)
  assert.deepEqual([own.partitions, own.replicas, own.behind, own.messages], [3, 1, 0, 12])
  assert.ok(own.bytes > 1_000, `${own.bytes} bytes`)
  const ownGroup = body.groups.find((each: { group: string }) => each.group === group)
  assert.deepEqual([ownGroup.state, ownGroup.lag], ['Empty', 12])
  assert.deepEqual(
    body.brokers.map((each: { controller: boolean }) => each.controller),
    [true],
  )
})

test('a topic is shown with its partitions, its own settings and its groups', async () => {
  const { console, topic, group } = stack()
  const { body } = await console.ask(`/console/kafka/topic?topic=${topic}`)
  assert.equal(
    body.partitions.reduce(
      (sum: number, each: { end: number; start: number }) => sum + each.end - each.start,
      0,
    ),
    12,
  )
  assert.deepEqual(body.settings[0], { name: 'retention.ms', value: '-1', own: true })
  assert.deepEqual(body.groups, [{ group, state: 'Empty', lag: 12 }])
  assert.equal((await console.ask('/console/kafka/topic?topic=nothing')).status, 404)
})

test('messages are listed with what was read, and with masked contents for operators only', async () => {
  const { console } = stack()
  const newest = await read({ limit: '3' })
  assert.deepEqual([newest.messages.length, newest.messages[0].content], [3, null])
  const headers = await logInTo(console)
  const { messages, partitions, stopped } = await read({ from: 'beginning', partition: '0' }, headers)
  assert.deepEqual([stopped, partitions.length, partitions[0].next], ['end', 1, partitions[0].end])
  const { content, codec, event_id } = messages[0]
  assert.equal(codec, 'gzip')
  assert.deepEqual(JSON.parse(content.payload.text).customer_email, '•••')
  assert.equal(content.headers.ce_id, event_id)
})

test('messages are found by key in its partition, by event, by time and by offset', async () => {
  const { records, keys } = stack()
  const [first, last] = [records[0], records.at(-1)]
  assert.ok(first && last)
  const key = keys[1] ?? ''
  const byKey = await read({ key })
  assert.deepEqual(
    byKey.partitions.map(({ partition }: { partition: number }) => partition),
    [partitionOf(key, 3)],
  )
  assert.ok(byKey.messages.length === 4 && byKey.messages.every((each: { key: string }) => each.key === key))
  const byEvent = await read({ event: first.headers.ce_id ?? '' })
  assert.deepEqual(
    byEvent.messages.map((each: { event_id: string }) => each.event_id),
    [first.headers.ce_id],
  )
  assert.equal(byEvent.partitions.length, 3)
  const late = await read({ from: 'time', time: new Date(last.timestamp ?? 0).toISOString() })
  assert.deepEqual(
    late.messages.map((each: { event_id: string }) => each.event_id),
    [last.headers.ce_id],
  )
  const one = await read({ from: 'offset', offset: '1', partition: '0', limit: '1' })
  assert.deepEqual([one.messages[0].offset, one.stopped], [1, 'records'])
  const { console, topic } = stack()
  assert.equal((await console.ask(`/console/kafka/messages?topic=${topic}&from=offset`)).status, 400)
  assert.equal((await console.ask(`/console/kafka/messages?topic=${topic}&partition=7`)).status, 404)
})

test('an empty group is reset by an operator only, as the preview says, and it is noted', async () => {
  const { console, topic, group } = stack()
  const asked = { group, topic, to: 'end' }
  const preview = await console.ask(`/console/kafka/reset?${new URLSearchParams(asked)}`)
  const { members, again, skipped } = preview.body
  assert.deepEqual([members, again, skipped], [0, 0, 12])
  const body = { ...asked, note: 'It is a test' }
  assert.equal((await console.post('/console/kafka/reset', body)).status, 401)
  const headers = await logInTo(console, 'Eva')
  assert.deepEqual((await console.post('/console/kafka/reset', body, headers)).body, { done: 3 })
  const { offsets } = (await console.ask(`/console/kafka/group?group=${group}`)).body
  assert.ok(offsets.every(({ lag }: { lag: number }) => lag === 0))
  const [noted] = (await console.ask('/console/actions?limit=1')).body.actions
  assert.deepEqual(
    [noted.deed, noted.target, noted.meant, noted.done],
    ['reset', group, { topic, to: 'end' }, 3],
  )
  const none = { ...body, group: `none-${randomUUID()}` }
  assert.equal((await console.post('/console/kafka/reset', none, headers)).status, 404)
})

test('a group that consumes is shown with its members, and is not reset', async (t) => {
  const { console, topic, consume } = stack()
  const group = await consume(t)
  const shown = await console.until(
    `/console/kafka/group?group=${group}`,
    ({ members, offsets }) => members?.[0]?.partitions.length === 3 && offsets.length === 3,
  )
  assert.deepEqual([shown.state, shown.members[0].client], ['Stable', 'test'])
  const headers = await logInTo(console)
  const body = { group, topic, to: 'beginning', note: 'It is a test' }
  const refused = await console.post('/console/kafka/reset', body, headers)
  assert.equal(refused.status, 409)
  assert.match(refused.body.detail, /Stop its consumers first/)
})
