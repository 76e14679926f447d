import { randomBytes } from 'node:crypto'
import { enqueue } from '@relevo/outbox'
import pg from 'pg'
import { callFill, createFill, seed } from '../sql/fillOutbox.ts'
import type { BenchOutbox } from '../testBed.ts'
import type { CarriedRecording } from './loadContract.ts'

const connections = 2
const options = '-c synchronous_commit=off -c statement_timeout=120s'

/**
 * Records events 0 to `events` - 1, with payloads of `bytes`, in transactions of varied size: the same each time,
 * however they are recorded. How long it takes does not matter.
 */
export async function fillOutbox(
  outbox: BenchOutbox,
  events: number,
  bytes: number,
  recording: CarriedRecording = 'outbox',
): Promise<void> {
  const share = Math.ceil(events / connections)
  const shares = Array.from({ length: connections }, (_, index) => ({
    first: index * share,
    count: Math.min(share, events - index * share),
  }))
  await Promise.all(
    shares.map(({ first, count }) =>
      withClient(outbox.url, async (client) => {
        await client.query(createFill(recording))
        await client.query(seed, [first / events])
        await client.query(callFill, [first, count, outbox.topic, bytes])
      }),
    ),
  )
}

/** The same by one transaction for Relevo's outbox; resolves when it has committed. */
export function fillByOne(outbox: BenchOutbox, events: number, bytes: number): Promise<void> {
  return withClient(outbox.url, async (client) => {
    await client.query(createFill('outbox', true))
    await client.query(callFill, [0, events, outbox.topic, bytes])
  })
}

/** The same with payloads that hardly compress, ten in a transaction: sent from here. */
export async function fillWithLarge(outbox: BenchOutbox, events: number, bytes: number): Promise<void> {
  const batch = 10
  await withClient(outbox.url, async (client) => {
    for (let done = 0; done < events; done += batch) {
      const size = Math.min(batch, events - done)
      const note = randomBytes(bytes / 2).toString('hex')
      const event = { topic: outbox.topic, type: 'order.scanned', payload: { note } }
      await enqueue(
        client,
        Array.from({ length: size }, () => event),
      )
    }
  })
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, options })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
