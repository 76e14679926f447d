import type pg from 'pg'
import { ServiceError } from '../serviceError.ts'

/** Runs `work` in a transaction on one connection of the pool; any error rolls back and is thrown on. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await commit(client)
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Postgres answers the commit of a failed transaction with a rollback, and with no error. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit')
  if (command === 'ROLLBACK')
    throw new ServiceError(
      'rolledBack',
      'A statement of the transaction failed and its error was not passed on.',
    )
}
