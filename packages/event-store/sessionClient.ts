import type { Queryable } from '@relevo/outbox'
import type pg from 'pg'

/** Settings of the connection: generic plans that use indexes, so that a plan made for an empty table does not scan a full one. */
const planSettings = [
  'enable_seqscan = off',
  'enable_bitmapscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'plan_cache_mode = force_generic_plan',
  'max_parallel_workers_per_gather = 0',
  'jit = off',
]
const useOwnPlans = planSettings.map((setting) => `set ${setting}`).join('; ')
const useDefaultPlans = planSettings
  .map((setting) => `set local ${setting.split(' ', 1)[0]} to default`)
  .join('; ')

/** Time beyond Postgres' own statement limit after which a hanging server is given up. */
const slackMs = 5_000

/**
 * The one connection on which a subscription does everything. What it knows from one server must not be stored on another:
 * Postgres may have failed over in between, lost transactions, and given their xids to others.
 */
export class SessionClient {
  readonly #client: pg.PoolClient
  readonly #timeoutMs: number
  #lost: unknown

  private constructor(client: pg.PoolClient, timeoutMs: number) {
    this.#client = client
    this.#timeoutMs = timeoutMs
    const onLost = (error?: Error) => {
      this.#lost ??= error ?? new Error('The connection to Postgres ended.')
    }
    client.on('error', onLost)
    client.on('end', onLost)
  }

  /** Takes a connection of the pool, and listens to the channel. Errors: pg's. */
  static async open(
    pool: pg.Pool,
    options: { timeoutMs: number; channel: string; onWake: () => void },
  ): Promise<SessionClient> {
    const session = new SessionClient(await pool.connect(), options.timeoutMs)
    session.#client.on('notification', options.onWake)
    try {
      await session.#client.query(`set statement_timeout = ${options.timeoutMs}; ${useOwnPlans}`)
      await session.#client.query(`listen ${options.channel}`)
    } catch (error) {
      session.close()
      throw error
    }
    return session
  }

  /** Has the connection ended? It is unusable from then on. */
  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /** Outside of a transaction, or for statements of the store in one. */
  readonly query: pg.ClientBase['query'] = ((statement: string | pg.QueryConfig, values?: unknown[]) => {
    const config = typeof statement === 'string' ? { text: statement } : statement
    return this.#client.query(
      { ...config, query_timeout: this.#timeoutMs + slackMs } as pg.QueryConfig,
      values,
    )
  }) as pg.ClientBase['query']

  /**
   * Runs the work in a transaction. Errors roll back and are rethrown; `undefined` rolls back and is returned.
   * Errors: those of pg and of the work.
   */
  async transaction<T>(work: (tx: Queryable) => Promise<T | undefined>): Promise<T | undefined> {
    const idle = `set local idle_in_transaction_session_timeout = ${this.#timeoutMs + slackMs}`
    await this.query(`begin isolation level read committed read write; ${useDefaultPlans}; ${idle}`)
    try {
      const result = await work({ query: (text, values) => this.query(text, values) })
      await this.query(result === undefined ? 'rollback' : 'commit')
      return result
    } catch (error) {
      await this.query('rollback').catch(() => {})
      throw error
    }
  }

  /** The connection is closed, not returned to the pool: its settings were changed. */
  close(): void {
    this.#client.release(true)
  }
}
