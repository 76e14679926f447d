import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboxEvent, InboxTransaction } from '@relevo/inbox'
import { inTransaction } from '@relevo/kit'
import { newKey } from '@relevo/kit/personal'
import { testDatabase } from '@relevo/testing'
import fc from 'fast-check'
import type pg from 'pg'
import { database } from './database.ts'
import { userHandlers } from './events.ts'
import { openUser } from './personal.ts'
import { type TestUserEvent, userEvent } from './profilesHarness.ts'
import { claimProfiles } from './sql/lockProfiles.ts'

const handlers = userHandlers({ language: 'es', onErased: () => {} })

/** Has the events take effect in one transaction, as the inbox does. */
function take(pool: pg.Pool, events: readonly TestUserEvent[]): Promise<void> {
  const given = events.map(
    ({ type, eventId: id, payload: data }) => ({ id, type, data, headers: {} }) as unknown as InboxEvent,
  )
  return inTransaction(pool, async (client) => {
    await handlers.USER_CREATED?.handleAll?.(given, client as unknown as InboxTransaction)
  })
}

interface Story {
  readonly events: readonly TestUserEvent[]
  readonly key: Buffer
  readonly id: string
}

/** What happens to one user, in its order. */
function storyOf(id: string, updates: number, isDeleted: boolean): Story {
  const key = newKey()
  const made = Array.from({ length: updates + 1 }, (_, n) =>
    userEvent(n === 0 ? 'USER_CREATED' : 'USER_UPDATED', id, key, {
      name: `Name ${n}`,
      email: `${n}@example.com`,
    }),
  )
  return { id, key, events: [...made, ...(isDeleted ? [userEvent('USER_DELETED', id, key)] : [])] }
}

/** An order in which the topics may deliver: that within each of them holds. Some come twice, as they may after a rewind. */
const delivery = fc.record({
  updates: fc.integer({ min: 0, max: 3 }),
  isDeleted: fc.boolean(),
  picks: fc.array(fc.nat({ max: 2 }), { minLength: 8, maxLength: 8 }),
  cuts: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  last: fc.constantFrom('USER_CREATED', 'USER_DELETED', undefined),
})

function shuffle(events: readonly TestUserEvent[], picks: readonly number[]): TestUserEvent[] {
  const lanes = [...Map.groupBy(events, ({ type }) => type).values()]
  const order: TestUserEvent[] = []
  for (let n = 0; lanes.some((lane) => lane.length > 0); n++) {
    const open = lanes.filter((lane) => lane.length > 0)
    const next = open[(picks[n % picks.length] ?? 0) % open.length]?.shift()
    if (next) order.push(next)
  }
  return order
}

test('in whatever order the topics deliver, a profile ends as its user does, and is told of in order', async (t) => {
  const { pool } = await testDatabase(t, database.migrations)
  await fc.assert(
    fc.asyncProperty(fc.uuid(), delivery, async (id, { updates, isDeleted, picks, cuts, last }) => {
      const { events, key } = storyOf(id, updates, isDeleted)
      const order = shuffle(events, picks)
      const repeated = events.filter(({ type }) => type === last)
      let batch: TestUserEvent[] = []
      for (const [n, event] of [...order, ...repeated].entries()) {
        batch.push(event)
        if (!cuts[n % cuts.length]) continue
        await take(pool, batch)
        batch = []
      }
      if (batch.length > 0) await take(pool, batch)
      const profile = await inTransaction(pool, async (client) =>
        (await claimProfiles(client, [id], 'es')).get(id),
      )
      assert.ok(profile)
      if (isDeleted) assert.deepEqual([profile.state, profile.user], ['erased', null])
      else {
        assert.equal(profile.state, 'active')
        assert.deepEqual(openUser(key, profile), { name: `Name ${updates}`, email: `${updates}@example.com` })
      }
      const { rows } = await pool.query('select payload from outbox.event where key = $1 order by id', [id])
      const versions = rows.map(({ payload }) => payload.version)
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
      )
      assert.equal(versions.at(-1), profile.version)
      assert.equal(rows.filter(({ payload }) => payload.change === 'created').length <= 1, true)
      assert.equal(rows.at(-1)?.payload.change === 'erased', isDeleted)
    }),
    { numRuns: 80 },
  )
})

test('events of the same users in opposite orders at the same time do not get in each other’s way', async (t) => {
  const { pool } = await testDatabase(t, database.migrations)
  const stories = Array.from({ length: 12 }, () => storyOf(crypto.randomUUID(), 1, true))
  const of = (n: number) => stories.map(({ events }) => events[n] as TestUserEvent)
  await Promise.all([take(pool, of(0)), take(pool, of(1).toReversed()), take(pool, of(2))])
  const { rows } = await pool.query(`select state, count(*)::int from profile group by state`)
  assert.deepEqual(rows, [{ state: 'erased', count: 12 }])
})
