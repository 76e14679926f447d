import type { Queryable } from '@relevo/outbox'

export const wakeChannel = 'event_store_wake'

/**
 * Makes subscriptions probe at once. Do not call it in the appending transaction: NOTIFY takes a cluster-wide
 * lock at commit, and makes the commit fail if its queue is full. Errors: the client's.
 */
export async function wakeSubscriptions(client: Queryable): Promise<void> {
  await client.query(`notify ${wakeChannel}`)
}
