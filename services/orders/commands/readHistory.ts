import { type EventStore, streamOf } from '@relevo/event-store'
import type pg from 'pg'
import type { OrderEvent } from '../domain/events.ts'
import { order } from '../domain/order.ts'

/** The events of an order as the API shows them; none when there is no such order. */
export async function readHistory(pool: pg.Pool, store: EventStore, orderId: string) {
  // Five at most, which the aggregate sees to: one page.
  const { events } = await store.read<OrderEvent>(pool, streamOf(order, orderId))
  return events.map(({ version, type, eventId, recordedAt, data }) => {
    return { version, type, event_id: eventId, recorded_at: recordedAt, data }
  })
}
