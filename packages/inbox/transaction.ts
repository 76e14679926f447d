import type pg from 'pg'
import { InboxError } from './inboxError.ts'
import type { InboxTransaction } from './inboxEvent.ts'
import { type MaybePipelined, together } from './together.ts'

/** A transaction of the inbox's own. */
export interface Transaction extends InboxTransaction {
  /** Breaks the connection when the transaction ends, instead of waiting for its statements. */
  abort(): void
}

/** SQLSTATEs that no handler causes: connection, shutdown, time-outs of the session, resources, read-only. */
const transientState = /^(08...|57P0[1-5]|25P0[34]|53...|25006|40001|40P01)$/

/** SQLSTATEs that no event can cause: no resources, read-only, not up. */
const innocentState = /^(53...|25006|57P0[34])$/

/** SQLSTATEs of a transaction that took too long. */
const timeoutState = /^25P0[34]$/

/** Constraints that are checked at the commit. */
const constraintState = /^23...$/

/** Data that the database rejects: out of range, violating a constraint, beyond a limit. */
const unstorableState = /^(22|23|54).../

/** A statement has the handler's time limit; sending it and ending it may take a bit longer. */
const slackMs = 5_000

// The settings of the session or the server may be shorter. transaction_timeout came with Postgres 17, and its clock takes
// another value only once it was off.
const limitSql = `
select set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $2, true),
  case when current_setting('server_version_num')::integer >= 170000
    then set_config('transaction_timeout', '0', true) || set_config('transaction_timeout', $3, true) end`

export interface TransactionOptions {
  readonly pool: pg.Pool
  /** Time limit of each statement, the handler's own. A transaction has twice that, whatever pool and server say. */
  readonly run: { readonly timeoutMs: number }
}

/**
 * Runs the work in a transaction and commits it. Throws InboxError `handlerFailed` if the work itself is to blame,
 * `transactionLost` if it broke on the way and the work may be to blame, `unstorable` for data that the database
 * rejects. Every other error is the database's, and the same work may succeed later.
 */
export async function inTransaction<T>(
  { pool, run }: TransactionOptions,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  const state: State = { lost: undefined, transient: undefined, begun: false, aborted: false, ended: false }
  const onLost = (error?: unknown) => {
    state.lost ??= error ?? new Error('The connection ended')
  }
  client.on('error', onLost)
  client.on('end', onLost)
  try {
    await begin(client, run.timeoutMs)
    state.begun = true
    const result = await work(createTransaction(client, state, run.timeoutMs + slackMs))
    await commit(client)
    return result
  } catch (error) {
    await rollBack(client, state)
    throw classify(error, state)
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
  begun: boolean
  aborted: boolean
  ended: boolean
}

async function begin(client: pg.PoolClient, timeoutMs: number): Promise<void> {
  // A statement that keeps running on an abandoned connection would keep its locks.
  const values = [timeoutMs, timeoutMs + slackMs, 2 * timeoutMs + slackMs].map(String)
  const limit = { name: 'inbox_limit', text: limitSql, values }
  await together(client as MaybePipelined, [() => client.query('begin'), () => client.query(limit)])
}

/** If the database failed, the error that the work made of it does not count. */
function classify(error: unknown, state: State): unknown {
  const fault = state.transient ?? state.lost
  if (fault !== undefined) {
    if (!state.begun || innocentState.test(sqlState(fault))) return fault
    return new InboxError('transactionLost', 'The transaction broke', { cause: fault })
  }
  if (!unstorableState.test(sqlState(error))) return error
  return new InboxError('unstorable', 'The database cannot store it', { cause: error })
}

/** Whether a transaction was lost because it took too long: then it will again. */
export function tookTooLong(error: unknown): boolean {
  return (
    error instanceof InboxError &&
    error.code === 'transactionLost' &&
    timeoutState.test(sqlState(error.cause))
  )
}

function createTransaction(client: pg.PoolClient, state: State, boundMs: number): Transaction {
  async function query(text: string | pg.QueryConfig, values?: unknown[]) {
    if (state.ended) throw new InboxError('handlerFailed', 'The transaction of this event has ended')
    // The pool's own bound may be shorter than the handler's.
    const config = { ...(typeof text === 'string' ? { text } : text), query_timeout: boundMs }
    try {
      return await client.query(config, values)
    } catch (error) {
      if (transientState.test(sqlState(error))) state.transient ??= error
      else if (isReadTimeout(error)) state.lost ??= error
      throw error
    }
  }
  const abort = () => {
    state.aborted = true
  }
  const { pipeline } = client as MaybePipelined
  return { query: query as Transaction['query'], pipeline: pipeline === true, abort }
}

/** pg gives it no code. The statement keeps running, so the connection is unusable. */
function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

async function commit(client: pg.PoolClient): Promise<void> {
  try {
    const { command } = await client.query('commit')
    // Postgres answers this if a statement failed and the handler went on regardless.
    if (command === 'ROLLBACK')
      throw new InboxError('handlerFailed', 'A handler ignored the failure of a statement')
  } catch (error) {
    if (!constraintState.test(sqlState(error))) throw error
    throw new InboxError('handlerFailed', 'A constraint was violated at the commit', { cause: error })
  }
}

async function rollBack(client: pg.PoolClient, state: State): Promise<void> {
  if (state.aborted || state.lost !== undefined) return
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
