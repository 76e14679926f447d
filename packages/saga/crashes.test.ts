import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import type pg from 'pg'
import { cancelSaga } from './cancelSaga.ts'
import { type Fault, faultyPool } from './faultyPool.ts'
import { handleReplies } from './handleReplies.ts'
import { askSagas } from './operate/askSagas.ts'
import { createRegistry } from './registry.ts'
import { lawless, sagaHarness } from './sagaHarness.ts'
import { inTransaction } from './transaction.ts'
import { tripSaga } from './tripHarness.ts'

type Harness = Awaited<ReturnType<typeof sagaHarness>>

const registry = createRegistry([tripSaga])

/** What happens to a trip after its start, each by a process that may die in it, and is then done again. */
function actionsOf(h: Harness, id: string): ((pool: pg.Pool) => Promise<unknown>)[] {
  const reply = (step: string, type: string, attempt: number) => (pool: pg.Pool) => {
    const data = { saga_id: id, step, attempt, booking: 'b' }
    return inTransaction(pool, (tx) => handleReplies(tx, registry, [{ id: randomUUID(), type, data }]))
  }
  const timeOut = async (pool: pg.Pool) => {
    // Once, so that doing it again is not another time-out.
    await h.pool.query(
      "update saga.timer set due_at = clock_timestamp() - interval '1 s' where saga_id = $1 and attempt = 1",
      [id],
    )
    await h.fire({ pool })
  }
  const cancel = (pool: pg.Pool) =>
    inTransaction(pool, (tx) => cancelSaga(tx, [tripSaga], id, { code: 'CUSTOMER_REQUEST' }))
  return [
    reply('flight', 'FLIGHT_BOOKED', 1),
    timeOut,
    (pool) => h.carryOut({ pool }),
    cancel,
    reply('hotel', 'HOTEL_CANCELLED', 4),
    reply('flight', 'FLIGHT_CANCELLED', 2),
    reply('hotel', 'HOTEL_BOOKED', 2), // late
    reply('hotel', 'HOTEL_CANCELLED', 5),
  ]
}

/** Their locks would have timers passed over. */
const dying = `select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`

/** Has processes die at one statement after the other, up to the commit; returns how many died. */
async function kill(
  act: (pool: pg.Pool) => Promise<unknown>,
  h: Harness,
  when: Fault['when'],
): Promise<number> {
  for (let at = 1; ; at++) {
    const faulty = faultyPool(h.pool, { at, when })
    await assert.rejects(act(faulty.pool), /the process (was killed|is dead)/)
    await eventually(async () => (await h.rows(dying)).length === 0, 'the dead session rolled back')
    assert.deepEqual(await h.rows(lawless), [])
    if (faulty.hit() === 'commit') return at
  }
}

test('a process that dies before or after any statement: each command is sent once, and the end is the same', async (t) => {
  const h = await sagaHarness(t)
  const { id } = await h.start()
  for (const [place, act] of actionsOf(h, id).entries()) {
    if (place === 2) await askSagas(h.pool, { id }, 'retry', { note: 'test', waitMs: 0 })
    const before = await kill(act, h, 'before')
    const { revision } = await h.saga(id)
    const after = await kill(act, h, 'after')
    assert.ok(before >= 5 && after === before, 'every statement was died at')
    assert.equal((await h.saga(id)).revision, revision + 1, 'the last one died behind its commit')
    await act(h.pool)
    assert.equal((await h.saga(id)).revision, revision + 1, 'done again, it changes nothing')
  }
  assert.deepEqual(
    await h.sent(),
    'BOOK_FLIGHT 1,BOOK_HOTEL 1,BOOK_HOTEL 2,BOOK_HOTEL 3,CANCEL_HOTEL 4,CANCEL_FLIGHT 2,CANCEL_HOTEL 5'.split(
      ',',
    ),
  )
  assert.equal((await h.state(id)).status, 'compensated')
  assert.deepEqual(await h.log(), ['compensated CUSTOMER_REQUEST'])
})

test('a process that dies before any statement of a start leaves nothing, or all of it', async (t) => {
  const h = await sagaHarness(t)
  let at = 1
  for (let isHit = true; isHit; at++) {
    const faulty = faultyPool(h.pool, { at, when: at % 2 ? 'before' : 'after' })
    await h.start({ traveller: 'ada' }, `trip-${at}`, faulty.pool).catch(() => {})
    isHit = faulty.hit() !== undefined
    const counts =
      'select (select count(*) from saga.instance)::integer as sagas, (select count(*) from saga.timer)::integer as timers, (select count(*) from outbox.event)::integer as commands'
    const [row] = await h.rows<{ sagas: number; timers: number; commands: number }>(counts)
    assert.deepEqual(row, { sagas: row?.sagas, timers: row?.sagas, commands: row?.sagas })
  }
  assert.ok(at > 5)
})
