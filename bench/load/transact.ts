import { randomUUID } from 'node:crypto'
import { enqueue, type RecordedEvent } from '@relevo/outbox'
import type pg from 'pg'
import { insertEvent, insertOrder } from '../sql/transactions.ts'
import { eventIdOf, type Recording } from './loadContract.ts'

const payloadBytes = 300
const customers = 10_000

/**
 * One transaction of a business: inserts an order and records an event of it. On a pipelined connection its
 * statements are sent at once; otherwise each waits for the answer to the one before.
 */
export async function transact(
  client: pg.Client,
  n: number,
  topic: string,
  recording: Recording,
): Promise<RecordedEvent | undefined> {
  const order = randomUUID()
  const customer = `customer-${Math.floor(Math.random() * customers)}`
  const steps = [
    () => client.query('begin'),
    () => client.query(insertOrder, [order, customer, '99.90']),
    () => record(client, n, topic, customer, order, recording),
    () => client.query('commit'),
  ] as const
  if ((client as { pipeline?: boolean }).pipeline) {
    const [, , recorded, commit] = await Promise.all([steps[0](), steps[1](), steps[2](), steps[3]()])
    return committed(recorded, commit)
  }
  await steps[0]()
  await steps[1]()
  const recorded = await steps[2]()
  return committed(recorded, await steps[3]())
}

/** Postgres answers the commit of a failed transaction with a rollback. */
function committed<T>(recorded: T, { command }: pg.QueryResult): T {
  if (command !== 'COMMIT') throw new Error(`the commit was answered by ${command}`)
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
  if (recording === 'nothing') return undefined
  if (recording !== 'outbox') {
    await client.query(insertEvent[recording], [eventId, topic, key, type, JSON.stringify(payload)])
    return undefined
  }
  const [event] = await enqueue(client, [{ eventId, topic, key, type, payload }])
  return event
}

function payloadOf(order: string): object {
  const frame = JSON.stringify({ order, note: '' })
  return { order, note: 'x'.repeat(payloadBytes - frame.length) }
}
