import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, type TestContext } from 'node:test'
import { outboxMigrations, type Queryable } from '@relevo/outbox'
import { afterTest, createTestDatabase } from '@relevo/testing'
import pg from 'pg'
import { type Aggregate, reject } from './aggregate.ts'
import { eventStoreMigrations } from './index.ts'

/** For tests: an event store and an outbox in a new database, dropped with the test. */
export async function eventStoreHarness(t: TestContext, { max = 16 } = {}) {
  const { database, pool } = await createStore(max)
  afterTest(t, () => database.drop())
  afterTest(t, () => pool.end())
  return { ...harnessOf(pool, t), url: database.url }
}

/** For tests: the same for all tests of a file, which use streams of their own; to be called outside of them. */
export function sharedEventStore({ max = 24 } = {}) {
  let created: Awaited<ReturnType<typeof createStore>> | undefined
  before(async () => {
    created = await createStore(max)
  })
  after(async () => {
    await created?.pool.end()
    await created?.database.drop()
  })
  return (t: TestContext) => {
    if (!created) throw new Error('to be called in a test')
    return { ...harnessOf(created.pool, t), url: created.database.url, id: randomUUID() }
  }
}

async function createStore(max: number) {
  const database = await createTestDatabase(outboxMigrations.directory)
  const pool = new pg.Pool({ connectionString: database.url, max })
  pool.on('error', () => {})
  await pool.query(await readFile(new URL('0001_event_store.sql', eventStoreMigrations.directory), 'utf8'))
  return { database, pool }
}

function harnessOf(pool: pg.Pool, t: TestContext) {
  /** Runs the work in a transaction; errors roll back. */
  async function transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const result = await work(client)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch(() => {})
      throw error
    } finally {
      client.release()
    }
  }

  /** A transaction that stays open until `commit` or `rollback`, or until the test ends. */
  async function open(): Promise<Queryable & { commit(): Promise<void>; rollback(): Promise<void> }> {
    const client = await pool.connect()
    await client.query('begin')
    let ended = false
    const end = async (command: string) => {
      if (ended) return
      ended = true
      await client.query(command).catch(() => {})
      client.release()
    }
    afterTest(t, () => end('rollback'))
    return {
      query: (text, values) => client.query(text, values),
      commit: () => end('commit'),
      rollback: () => end('rollback'),
    }
  }

  return { pool, transaction, open }
}

/** For tests: a bank account. */
export type AccountEvent =
  | { readonly type: 'opened'; readonly data: { readonly owner: string } }
  | { readonly type: 'deposited'; readonly data: { readonly amount: number } }
  | { readonly type: 'withdrawn'; readonly data: { readonly amount: number } }

export type AccountCommand =
  | { readonly do: 'open'; readonly owner: string }
  | { readonly do: 'deposit' | 'withdraw'; readonly amount: number }

export interface AccountState {
  readonly owner: string | null
  readonly balance: number
}

export const account: Aggregate<AccountState, AccountCommand, AccountEvent> = {
  category: 'account',
  initialState: () => ({ owner: null, balance: 0 }),
  decide(state, command) {
    if (command.do === 'open')
      return state.owner === null ? [{ type: 'opened', data: { owner: command.owner } }] : []
    if (state.owner === null) return reject('not open')
    if (command.do === 'deposit') return [{ type: 'deposited', data: { amount: command.amount } }]
    if (command.amount > state.balance) return reject('not enough')
    return [{ type: 'withdrawn', data: { amount: command.amount } }]
  },
  evolve(state, { type, data }) {
    if (type === 'opened') return { ...state, owner: data.owner }
    return { ...state, balance: state.balance + (type === 'deposited' ? data.amount : -data.amount) }
  },
}
