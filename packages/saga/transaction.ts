import type { Queryable } from '@relevo/outbox'
import type pg from 'pg'
import { SagaError } from './sagaError.ts'

/**
 * A pool would run each statement in a transaction of its own: half a saga might be left.
 * @throws SagaError `invalidInput`
 */
export function refusePool(client: Queryable): void {
  if ('idleCount' in client)
    throw new SagaError('invalidInput', 'Pass a client with an open transaction, not a pool.')
}

/** Nobody waits longer for a lock, holds one longer between two statements, or computes longer. */
const bounds = `
select set_config('lock_timeout', '5s', true), set_config('statement_timeout', '30s', true),
  set_config('idle_in_transaction_session_timeout', '30s', true)`

/** Runs the work in a transaction of its own; any error rolls back and is thrown on. */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken ??= error
  }
  client.on('error', onError)
  try {
    await client.query('begin')
    await client.query(bounds)
    const result = await work(client)
    const { command } = await client.query('commit')
    if (command === 'ROLLBACK')
      throw new Error('A statement of the transaction failed and its error was not passed on')
    return result
  } catch (error) {
    await client.query('rollback').catch(onError)
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}
