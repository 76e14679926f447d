import type { OutgoingRecord } from '@relevo/kafka'
import { v7 as uuidv7 } from 'uuid'

/** One or two different products, in any order. */
export function pickProducts(products: number): number[] {
  const first = Math.floor(Math.random() * products)
  const second = (first + 1 + Math.floor(Math.random() * (products - 1))) % products
  return products === 1 ? [1] : [first + 1, second + 1]
}

/** A command to reserve a unit of each product, as the relay of the orders sends it. */
export function reserveCommand(topic: string, order_id: string, ids: readonly number[]): OutgoingRecord {
  const unit_price = { amount: '10.00', currency: 'USD' }
  const items = ids.map((product_id) => ({ product_id, quantity: 1, unit_price }))
  return {
    topic,
    key: order_id,
    value: JSON.stringify({ saga_id: order_id, step: 'reserve', attempt: 1, order_id, items }),
    headers: {
      ce_specversion: '1.0',
      ce_id: uuidv7(),
      ce_type: 'RESERVE',
      ce_source: '/orders',
      ce_time: new Date().toISOString(),
      'content-type': 'application/json',
    },
  }
}
