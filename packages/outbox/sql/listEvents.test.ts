import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueue } from '../enqueue.ts'
import { outboxHarness } from '../outboxHarness.ts'
import { countByState } from './countByState.ts'
import { type EventPage, listEvents } from './listEvents.ts'

test('events are listed as they were recorded, newest first, and counted by state', async (t) => {
  const { pool } = await outboxHarness(t)
  const [first, second] = await enqueue(pool, [
    { topic: 't', key: 'k', type: 'y', headers: { a: 'b' }, payload: { n: 1.5 } },
    { topic: 'u', key: 'l', type: 'z', payload: 'x' },
  ])
  assert.ok(first && second)
  await pool.query(
    'update outbox.stored_cursor set published = pg_current_snapshot(), acknowledged = 1 where shard = $1',
    [first.shard],
  )
  const { events, next } = await listEvents(pool, { limit: 10 })
  const common = { attempts: 0, error: null }
  const { eventId, createdAt } = first
  assert.deepEqual(events, [
    {
      ...common,
      ...pick(second),
      topic: 'u',
      key: 'l',
      type: 'z',
      headers: null,
      payload: '"x"',
      state: 'P',
    },
    {
      ...common,
      id: first.id,
      eventId,
      createdAt,
      topic: 't',
      key: 'k',
      type: 'y',
      headers: { a: 'b' },
      payload: '{"n":1.5}',
      state: 'E',
    },
  ])
  assert.equal(next, undefined)
  assert.deepEqual(await countByState(pool), { P: 1, E: 1, X: 0 })
  const ids = async (page: Partial<EventPage>) =>
    (await listEvents(pool, { limit: 10, ...page })).events.map(({ id }) => id)
  assert.deepEqual(await ids({ state: 'E' }), [first.id])
  assert.deepEqual(await ids({ state: 'P' }), [second.id])
  assert.deepEqual(await ids({ state: 'X' }), [])
  assert.deepEqual(await ids({ before: second.id }), [first.id])
})

function pick({ id, eventId, createdAt }: { id: number; eventId: string; createdAt: Date }) {
  return { id, eventId, createdAt }
}

test('a page ends by bytes too, with one event at least, and the next one goes on from there', async (t) => {
  const { pool } = await outboxHarness(t)
  const sizes = [10, 900_000, 10, 600_000, 300_000, 10, 10, 300_000]
  const recorded = await enqueue(
    pool,
    sizes.map((size) => ({ topic: 't', key: 'k', type: 'y', payload: 'x'.repeat(size) })),
  )
  for (const state of [undefined, 'P'] as const) {
    const pages: number[] = []
    const ids: number[] = []
    for (let before: number | undefined; ; ) {
      const { events, next } = await listEvents(pool, { limit: 4, state, before, maxBytes: 500_000 })
      pages.push(events.length)
      ids.push(...events.map(({ id }) => id))
      if (next === undefined) break
      before = next
    }
    assert.deepEqual(pages, [4, 1, 2, 1])
    assert.deepEqual(ids, recorded.map(({ id }) => id).reverse())
  }
  await pool.query('update outbox.stored_cursor set published = pg_current_snapshot()')
  const { events, next } = await listEvents(pool, { limit: 100, state: 'E', maxBytes: 1 })
  assert.deepEqual([events.length, next], [1, recorded.at(-1)?.id])
})
