import { randomUUID } from 'node:crypto'
import { enqueue, type RecordedEvent } from '@relevo/outbox'
import type pg from 'pg'
import { insertOrder, insertPlain } from '../sql/transactions.ts'
import { eventIdOf, type Recording } from './loadContract.ts'

const payloadBytes = 300
const customers = 10_000

/** One transaction of a business: inserts an order and records an event of it. */
export async function transact(
  client: pg.Client,
  n: number,
  topic: string,
  recording: Recording,
): Promise<RecordedEvent | undefined> {
  const order = randomUUID()
  const customer = `customer-${Math.floor(Math.random() * customers)}`
  await client.query('begin')
  await client.query(insertOrder, [order, customer, '99.90'])
  const recorded = await record(client, n, topic, customer, order, recording)
  await client.query('commit')
  return recorded
}

async function record(
  client: pg.Client,
  n: number,
  topic: string,
  key: string,
  order: string,
  recording: Recording,
): Promise<RecordedEvent | undefined> {
  const eventId = eventIdOf(n)
  const type = 'order.placed'
  const payload = payloadOf(order)
  if (recording === 'plain table')
    await client.query(insertPlain, [eventId, topic, key, type, JSON.stringify(payload)])
  if (recording !== 'outbox') return undefined
  const [event] = await enqueue(client, [{ eventId, topic, key, type, payload }])
  return event
}

function payloadOf(order: string): object {
  const frame = JSON.stringify({ order, note: '' })
  return { order, note: 'x'.repeat(payloadBytes - frame.length) }
}
