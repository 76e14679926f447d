// For tests: a pool whose process dies at a statement.
import type pg from 'pg'

export interface Fault {
  /** 1 is the first statement from now on. */
  readonly at: number
  /** Before it reaches the database, or after the database has executed it. */
  readonly when: 'before' | 'after'
}

export interface FaultyPool {
  readonly pool: pg.Pool
  /** The statement at which the process died; undefined: there were not that many. */
  readonly hit: () => string | undefined
}

/** After the fault nothing gets through, not even a rollback: the connection is lost, as when the process is killed. */
export function faultyPool(real: pg.Pool, { at, when }: Fault): FaultyPool {
  let count = 0
  let last: string | undefined
  const isDead = () => count >= at
  async function guard<T>(statement: unknown, run: () => Promise<T>): Promise<T> {
    if (isDead()) throw new Error('the process is dead')
    count += 1
    if (!isDead()) return run()
    last = String(statement)
    if (when === 'after') await run()
    throw new Error('the process was killed')
  }
  type Query = (...args: unknown[]) => Promise<unknown>
  const guarded =
    (owner: { query: unknown }) =>
    (...args: unknown[]) =>
      guard(args[0], () => (owner.query as Query)(...args))
  async function connect() {
    const client = await real.connect()
    return {
      query: guarded({ query: client.query.bind(client) }),
      on: () => {},
      off: () => {},
      release: (broken?: Error) => client.release(isDead() || broken),
    }
  }
  const query = guarded({ query: real.query.bind(real) })
  return { pool: { query, connect } as unknown as pg.Pool, hit: () => last }
}
