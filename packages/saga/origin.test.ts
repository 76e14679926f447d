import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { withOrigin } from '@relevo/origin'
import { handleReplies } from './handleReplies.ts'
import { createRegistry } from './registry.ts'
import { sagaHarness } from './sagaHarness.ts'
import { startSaga } from './startSaga.ts'
import { inTransaction } from './transaction.ts'
import { tripSaga } from './tripHarness.ts'

interface Sent {
  readonly what: string
  readonly headers: Record<string, string>
}

const sentSql = `
select concat(type, ' ' || (payload ->> 'attempt')) as what, headers from outbox.event order by id`

test('whatever a saga does belongs to its beginning, and names what it follows from', async (t) => {
  const h = await sagaHarness(t)
  const registry = createRegistry([tripSaga])
  const event = { eventId: randomUUID(), topic: 'trips', type: 'TRIP_ASKED', payload: 1 }
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const request = { ce_causationid: 'request:1', traceparent }
  const start = () =>
    inTransaction(h.pool, (tx) => startSaga(tx, tripSaga, { traveller: 'ada' }, { events: [event] }))
  const { id } = await withOrigin({ ...request }, start)
  await h.timeOut(id)

  const booked = { id: randomUUID(), type: 'FLIGHT_BOOKED' }
  const data = { saga_id: id, step: 'flight', attempt: 2, booking: 'b1' }
  // Of a participant that answers with headers of its own.
  const headers = { ce_correlationid: 'its own' }
  await inTransaction(h.pool, (tx) => handleReplies(tx, registry, [{ ...booked, data, headers }]))
  await h.timeOut(id)
  await withOrigin({ ce_causationid: 'request:2' }, () => h.cancel(id))

  const belongs = { ce_correlationid: event.eventId, traceparent }
  assert.deepEqual(await h.rows<Sent>(sentSql), [
    { what: 'TRIP_ASKED', headers: { ...belongs, ce_causationid: 'request:1' } },
    { what: 'BOOK_FLIGHT 1', headers: { ...belongs, ce_causationid: 'request:1' } },
    { what: 'BOOK_FLIGHT 2', headers: { ...belongs, ce_causationid: 'request:1' } },
    { what: 'BOOK_HOTEL 1', headers: { ...belongs, ce_causationid: booked.id } },
    { what: 'BOOK_HOTEL 2', headers: { ...belongs, ce_causationid: booked.id } },
    { what: 'CANCEL_HOTEL 3', headers: { ...belongs, ce_causationid: 'request:2' } },
  ])
})

test('replies of one transaction are each the cause of what their own saga does', async (t) => {
  const h = await sagaHarness(t)
  const sagas = await Promise.all([h.start(), h.start()])
  const replies = sagas.map(({ id }) => {
    const data = { saga_id: id, step: 'flight', attempt: 1, booking: 'b1' }
    return { id: randomUUID(), type: 'FLIGHT_BOOKED', data }
  })
  await inTransaction(h.pool, (tx) => handleReplies(tx, createRegistry([tripSaga]), replies))
  const causes = await h.rows<{ saga: string; cause: string; whole: string }>(`
    select payload ->> 'saga_id' as saga, headers ->> 'ce_causationid' as cause, headers ->> 'ce_correlationid' as whole
    from outbox.event where type = 'BOOK_HOTEL'`)
  const expected = replies.map(({ id, data }) => ({ saga: data.saga_id, cause: id, whole: data.saga_id }))
  assert.deepEqual(new Set(causes), new Set(expected))
})
