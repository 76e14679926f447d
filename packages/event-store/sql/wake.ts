import type { Queryable } from '@relevo/outbox'

export const wakeChannel = 'event_store_wake'

/**
 * Has subscriptions look at once instead of at their next probe. Not in the transaction that appends: NOTIFY takes a lock of the
 * whole cluster at its commit, and fails it when its queue is full. Errors: the client's.
 */
export async function wakeSubscriptions(client: Queryable): Promise<void> {
  await client.query(`notify ${wakeChannel}`)
}
