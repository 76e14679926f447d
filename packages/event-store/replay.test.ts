import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createEventStore } from './eventStore.ts'
import { type AccountEvent, sharedEventStore } from './eventStoreHarness.ts'
import { countForReplay, type ReplayPage, type ReplayRequest } from './index.ts'

const shared = sharedEventStore()

const store = createEventStore<AccountEvent>({
  publish: ({ type, data, version }) =>
    type === 'withdrawn'
      ? undefined
      : { topic: 'accounts', type, payload: { ...data, version }, headers: { traceparent: 't' } },
})

const opened = (owner: string): AccountEvent => ({ type: 'opened', data: { owner } })
const deposited = (amount: number): AccountEvent => ({ type: 'deposited', data: { amount } })

test('stored events are published again as they were: under their ids, with their times, in their order, page by page', async (t) => {
  const { pool, transaction } = shared(t)
  const [first, second] = [`account-${randomUUID()}`, `account-${randomUUID()}`]
  await transaction(async (client) => {
    await store.append(client, first, 0, [opened('Ana'), deposited(5)])
    await store.append(client, second, 0, [opened('Bea'), { type: 'withdrawn', data: { amount: 1 } }])
    await store.append(client, first, 2, [deposited(7)])
  })
  const sql = `select event_id, topic, key, type, headers, payload, id from outbox.event where key = any($1) order by id`
  const recorded = async () => (await pool.query(sql, [[first, second]])).rows
  const before = await recorded()
  assert.equal(before.length, 4)

  let after: number | undefined = 0
  const pages: number[] = []
  while (after !== undefined) {
    const request: ReplayRequest = { stream: first, group: 'new-group', after, limit: 2 }
    const page: ReplayPage = await transaction((client) => store.replay(client, request))
    pages.push(page.published)
    after = page.next
  }
  assert.deepEqual(pages, [2, 1])
  const again = (await recorded()).slice(4)
  const ofFirst = before.filter(({ key }) => key === first)
  const facts = ({ event_id, topic, key, type, payload }: Record<string, unknown>) => [
    event_id,
    topic,
    key,
    type,
    payload,
  ]
  assert.deepEqual(again.map(facts), ofFirst.map(facts))
  const { rows: times } = await pool.query(
    'select recorded_at from event_store.stored_event where stream = $1 order by version',
    [first],
  )
  assert.deepEqual(
    again.map(({ headers }) => headers),
    times.map(({ recorded_at }) => ({
      traceparent: 't',
      relevo_time: recorded_at.toISOString(),
      relevo_group: 'new-group',
    })),
  )
})

test('a replay is of a stream, a type or a span of time, goes to a topic, and passes over what is not published', async (t) => {
  const { pool, transaction } = shared(t)
  const stream = `account-${randomUUID()}`
  await transaction((client) =>
    store.append(client, stream, 0, [
      opened('Eva'),
      deposited(1),
      { type: 'withdrawn', data: { amount: 1 } },
    ]),
  )
  const replay = (request: Parameters<typeof store.replay>[1]) =>
    transaction((client) => store.replay(client, { topic: 'copies', ...request }))
  assert.deepEqual(await replay({ stream }), { read: 3, published: 2 })
  assert.deepEqual(await replay({ stream, types: ['deposited'] }), { read: 1, published: 1 })
  const past = new Date(Date.now() - 3_600_000)
  assert.deepEqual(await replay({ stream, to: past }), { read: 0, published: 0 })
  assert.deepEqual(await replay({ stream, from: past }), { read: 3, published: 2 })
  const { rows } = await pool.query(
    `select type, headers from outbox.event where topic = 'copies' order by id`,
  )
  assert.deepEqual(rows.map(({ type }) => type).join(), 'opened,deposited,deposited,opened,deposited')
  assert.equal(rows[0].headers.relevo_group, undefined)
  const count = await countForReplay(pool, { stream, types: ['opened', 'deposited'] })
  assert.deepEqual([count.events, count.streams], [2, 1])
  assert.ok(count.firstAt && count.lastAt && count.firstAt <= count.lastAt)
  assert.deepEqual(await countForReplay(pool, { stream: 'account-none' }), {
    events: 0,
    streams: 0,
    firstAt: undefined,
    lastAt: undefined,
  })
})
