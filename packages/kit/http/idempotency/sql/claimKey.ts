import type pg from 'pg'

/** What a request with an Idempotency-Key is known by. */
export interface Claim {
  /** Of the endpoint and the key. */
  readonly key: Buffer
  /** Of the address and the body. */
  readonly request: Buffer
}

/** What a key had as its outcome before. */
export interface Outcome {
  /** False: the key came with another request. */
  readonly isSame: boolean
  /** JSON. */
  readonly stored: string
}

const claimSql = 'select is_same as "isSame", stored from idempotency.claim($1, $2)'

/**
 * Claims the key for the transaction, which must store an outcome before it commits; or returns the outcome that the key
 * has. Waits up to 2 s for another transaction with the key, and then fails with SQLSTATE 55P03.
 */
export async function claimKey(client: pg.PoolClient, { key, request }: Claim): Promise<Outcome | undefined> {
  const statement = { name: 'claim_idempotency_key', text: claimSql, values: [key, request] }
  return (await client.query<Outcome>(statement)).rows[0]
}
