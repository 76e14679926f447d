import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ordersHarness } from '../ordersHarness.ts'
import { listStatement, type OrderFilter } from './listOrders.ts'

const fill = `
insert into orders (id, number, saga_id, order_type, status, customer_name, customer_email, items, total_amount, currency,
  created_at, updated_at, version)
select gen_random_uuid(), n, gen_random_uuid(), case when n < 100 then 'buy' else 'sell' end,
  case when n < 100 then 'PENDING' else 'DELIVERED' end, 'x', 'c' || n % 10 || '@test.com', '[]', 1, 'USD',
  '2026-01-01'::timestamptz + n * interval '1 s', now(), 1
from generate_series(1, 20000) n`

test('no list reads more than a small part of the orders, also where what it is of is rare', async (t) => {
  const { pool } = await ordersHarness(t)
  await pool.query(fill)
  await pool.query('analyze orders')
  const day = new Date('2026-01-01T02:00:00Z')
  const filters: OrderFilter[] = [
    {},
    { status: 'PENDING' },
    { orderType: 'buy' },
    { customerEmail: 'c7@test.com' },
    { from: day, to: new Date('2026-01-01T03:00:00Z') },
    { before: 9_000 },
    { status: 'PENDING', before: 9_000 },
  ]
  for (const filter of filters) {
    const { text, values } = listStatement(filter, 51)
    const { rows } = await pool.query(`explain (analyze, buffers off) ${text}`, values)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    assert.doesNotMatch(plan, /Seq Scan/, plan)
    const passedOver = plan.matchAll(/Rows Removed by Filter: (\d+)/g).map(([, rows]) => Number(rows))
    assert.ok(Math.max(0, ...passedOver) < 1_000, plan)
  }
})
