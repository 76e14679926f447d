import type { Queryable } from '@relevo/outbox'

const lock = 'select event_store.lock_stream($1)'

/** Queues for a stream, until the transaction ends. Errors: the client's. */
export async function lockStream(client: Queryable, stream: string): Promise<void> {
  await client.query(lock, [stream])
}
