import type pg from 'pg'

const storeSql = 'update idempotency.outcome set outcome = $2 where key = $1'

/** Stores the outcome of a key that the transaction has claimed. */
export async function storeOutcome(client: pg.PoolClient, key: Buffer, outcome: string): Promise<void> {
  await client.query({ name: 'store_idempotency_outcome', text: storeSql, values: [key, outcome] })
}
