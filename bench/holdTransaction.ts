import { enqueue } from '@relevo/outbox'
import pg from 'pg'
import type { BenchOutbox } from './testBed.ts'

/** What a transaction that is held open has done: recorded an event, or no more than drawn its xid. */
export type Held = 'event' | 'xid'

/** Opens a transaction that stays open until the returned function is called, which rolls it back. */
export async function holdTransaction(outbox: BenchOutbox, held: Held): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: outbox.url })
  await client.connect()
  await client.query('begin')
  if (held === 'xid') await client.query('select pg_current_xact_id()')
  else await enqueue(client, [{ topic: outbox.topic, type: 'order.held', payload: {} }])
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}
