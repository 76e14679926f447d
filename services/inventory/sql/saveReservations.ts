import type { SqlClient } from '@relevo/kit'
import type { Reservation } from '../domain/reservation.ts'

const saveSql = `
insert into reservation as r (order_id, kind, state, items, refusal)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[])
on conflict (order_id) do update
  set state = excluded.state, items = excluded.items, refusal = excluded.refusal, updated_at = now()`

// Lines never change once they are there.
const linesSql = `
insert into reservation_line (order_id, product_id, quantity)
select * from unnest($1::uuid[], $2::integer[], $3::integer[])
on conflict do nothing`

/** Stores what these orders have come to; their locks are the caller's. */
export async function saveReservations(
  client: SqlClient,
  reservations: readonly Reservation[],
): Promise<void> {
  if (reservations.length === 0) return
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
  const values = [
    reservations.map(({ orderId }) => orderId),
    reservations.map(({ kind }) => kind),
    reservations.map(({ state }) => state),
    reservations.map(({ items }) => json(items)),
    reservations.map(({ refusal }) => json(refusal)),
  ]
  await client.query({ name: 'save_reservations', text: saveSql, values })
  const lines = reservations.flatMap(({ orderId, lines }) => lines.map((line) => ({ orderId, ...line })))
  if (lines.length === 0) return
  const lineValues = [
    lines.map(({ orderId }) => orderId),
    lines.map(({ productId }) => productId),
    lines.map(({ quantity }) => quantity),
  ]
  await client.query({ name: 'save_reservation_lines', text: linesSql, values: lineValues })
}
