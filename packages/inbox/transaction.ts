import type pg from 'pg'
import { InboxError } from './inboxError.ts'
import type { InboxTransaction } from './inboxEvent.ts'

/** A transaction of the inbox's own. */
export interface Transaction extends InboxTransaction {
  /** Whether statements may be sent before the ones before them are answered (the pool's option `pipeline`). */
  readonly pipelined: boolean
  /** Breaks the connection when the transaction ends, instead of waiting for its statements. */
  abort(): void
}

/** SQLSTATEs that are not an event's fault: connection, shutdown, resources, read-only, serialization, deadlock. */
const transientState = /^(08...|57P0[1-5]|53...|25006|40001|40P01)$/

/** Constraints that are checked at the commit. */
const constraintState = /^23...$/

const limitSql = `select set_config('statement_timeout', $1, true)`

export interface TransactionOptions {
  readonly pool: pg.Pool
  /** Bound of each statement, the handler's own. */
  readonly run: { readonly timeoutMs: number }
}

/**
 * Runs the work in a transaction and commits it. Throws InboxError `handlerFailed` only for what the work itself is
 * to blame for; every other error is of the database, and the same may succeed later.
 */
export async function inTransaction<T>(
  { pool, run }: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  const state: State = { lost: undefined, transient: undefined, aborted: false, ended: false }
  const onLost = (error?: unknown) => {
    state.lost ??= error ?? new Error('The connection ended')
  }
  client.on('error', onLost)
  client.on('end', onLost)
  try {
    await client.query('begin')
    // A statement that runs on after its connection was given up would keep its locks.
    await client.query({ name: 'inbox_limit', text: limitSql, values: [String(run.timeoutMs)] })
    const result = await work(createTransaction(client, state))
    await commit(client)
    return result
  } catch (error) {
    await rollBack(client, state)
    // What the work made of a failure of the database does not count.
    throw state.lost ?? state.transient ?? error
  } finally {
    state.ended = true
    client.off('error', onLost)
    client.off('end', onLost)
    client.release(state.lost !== undefined || state.aborted)
  }
}

interface State {
  lost: unknown
  transient: unknown
  aborted: boolean
  ended: boolean
}

function createTransaction(client: pg.PoolClient, state: State): Transaction {
  async function query(text: string | pg.QueryConfig, values?: unknown[]) {
    if (state.ended) throw new InboxError('handlerFailed', 'The transaction of this event has ended')
    try {
      return await client.query(text as string, values)
    } catch (error) {
      if (transientState.test(sqlState(error))) state.transient ??= error
      throw error
    }
  }
  const abort = () => {
    state.aborted = true
  }
  const { pipeline } = client as { pipeline?: boolean }
  return { query: query as Transaction['query'], pipelined: pipeline === true, abort }
}

async function commit(client: pg.PoolClient): Promise<void> {
  try {
    const { command } = await client.query('commit')
    // Postgres answers so when a statement failed and the handler went on all the same.
    if (command === 'ROLLBACK')
      throw new InboxError('handlerFailed', 'A handler ignored the failure of a statement')
  } catch (error) {
    if (!constraintState.test(sqlState(error))) throw error
    throw new InboxError('handlerFailed', 'A constraint was violated at the commit', { cause: error })
  }
}

async function rollBack(client: pg.PoolClient, state: State): Promise<void> {
  if (state.aborted) return
  try {
    await client.query('rollback')
  } catch (error) {
    state.lost ??= error
  }
}

function sqlState(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}
