import type { SqlClient } from '@relevo/kit'
import type { Reservation } from '../domain/reservation.ts'

const listSql = `
select order_id, kind, state, items, refusal, coalesce((
  select json_agg(json_build_object('productId', product_id, 'quantity', quantity) order by product_id)
  from reservation_line l where l.order_id = r.order_id), '[]') as lines
from reservation r where order_id = any($1::uuid[])`

type Row = Omit<Reservation, 'orderId'> & { readonly order_id: string }

/** What these orders have had. */
export async function listReservations(
  client: SqlClient,
  orderIds: readonly string[],
): Promise<Reservation[]> {
  const { rows } = await client.query<Row>({ name: 'list_reservations', text: listSql, values: [orderIds] })
  return rows.map(({ order_id: orderId, ...rest }) => ({ orderId, ...rest }))
}
