import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { inboxMigrations } from '@relevo/inbox'
import { outboxMigrations } from '@relevo/outbox'
import { afterTest, silent, testDatabase } from '@relevo/testing'
import type pg from 'pg'
import { Registry as MetricRegistry } from 'prom-client'
import { cancelSaga } from './cancelSaga.ts'
import type { AnySaga, SagaDefinition } from './definition.ts'
import { handleReplies } from './handleReplies.ts'
import { sagaMigrations } from './index.ts'
import { createRegistry } from './registry.ts'
import { createSagas, type Sagas, type SagasOptions } from './sagas.ts'
import { type LockedSaga, lock } from './sql/lockSagas.ts'
import { startSaga } from './startSaga.ts'
import type { SagaState } from './state.ts'
import { inTransaction } from './transaction.ts'
import { type Trip, type TripInput, tripSaga } from './tripHarness.ts'
import { carryOutParked, fireTimers, type WorkOptions } from './work.ts'

/** A command as the outbox has it. */
export interface SentCommand {
  readonly type: string
  readonly payload: { readonly saga_id: string; readonly step: string; readonly attempt: number }
}

/** For tests: a database with outbox, inbox and sagas, and ways to play trips in it. */
export async function sagaHarness(t: TestContext, definitions: readonly AnySaga[] = [tripSaga]) {
  const { pool, url } = await testDatabase(t, [outboxMigrations, inboxMigrations, sagaMigrations])
  await pool.query('create table trip_log (n bigint generated always as identity, saga_id uuid, what text)')
  const rows = async <Row>(sql: string, values: unknown[] = []) =>
    (await pool.query(sql, values)).rows as Row[]
  const [first = tripSaga] = definitions as readonly SagaDefinition<TripInput, Trip>[]
  const failures: unknown[] = []
  const registry = createRegistry(definitions)
  const onFailure = (_id: string, error: unknown) => failures.push(error)
  const options = (changes: Partial<WorkOptions>) => ({
    pool,
    registry,
    batchSize: 50,
    budget: { spend: () => true },
    onFailure,
    ...changes,
  })

  /** A trip, started in a transaction of its own. */
  const start = (input: TripInput = { traveller: 'ada' }, key?: string, on = pool): Promise<SagaState> =>
    inTransaction(on, (tx) => startSaga(tx, first, input, key === undefined ? {} : { key }))

  async function saga(id: string): Promise<LockedSaga> {
    const found = (await lock(pool, [id])).get(id)
    if (found === undefined) throw new Error(`no saga ${id}`)
    return found
  }

  /** A reply to the last attempt of a step, or to another one, in a transaction of its own. */
  async function reply(id: string, step: string, type: string, attempt?: number, on = pool): Promise<void> {
    const { state } = await saga(id)
    const data = { saga_id: id, step, attempt: attempt ?? state.steps[step]?.attempts ?? 1, booking: 'b1' }
    const event = { id: randomUUID(), type, data }
    await inTransaction(on, (tx) => handleReplies(tx, registry, [event]))
  }

  function sagas(changes: Partial<SagasOptions> = {}): Sagas {
    const metrics = new MetricRegistry()
    const made = createSagas({ pool, definitions, registry: metrics, logger: silent, pollMs: 50, ...changes })
    afterTest(t, () => made.stop())
    return made
  }

  return {
    pool,
    url,
    rows,
    failures,
    start,
    saga,
    reply,
    sagas,
    state: async (id: string) => (await saga(id)).state,
    /** Types and attempts, in the order in which they were recorded. */
    sent: async () => (await commands(pool)).map(({ type, payload }) => `${type} ${payload.attempt}`),
    commands: () => commands(pool),
    log: async () =>
      (await rows<{ what: string }>('select what from trip_log order by n')).map(({ what }) => what),
    cancel: (id: string, on: pg.Pool = pool) =>
      inTransaction(on, (tx) => cancelSaga(tx, definitions, id, { code: 'CUSTOMER_REQUEST' })),
    /** The time of the saga's attempt is over; its timer fires. */
    timeOut: async (id: string, changes: Partial<WorkOptions> = {}): Promise<number> => {
      await pool.query(
        "update saga.timer set due_at = clock_timestamp() - interval '1 s' where saga_id = $1",
        [id],
      )
      return fireTimers(options(changes))
    },
    fire: (changes: Partial<WorkOptions> = {}) => fireTimers(options(changes)),
    carryOut: (changes: Partial<WorkOptions> = {}) => carryOutParked(options(changes)),
  }
}

async function commands(pool: pg.Pool): Promise<SentCommand[]> {
  return (await pool.query('select type, payload from outbox.event order by id')).rows
}

/** Sagas that break the law: each has ended or has a timer. */
export const lawless = `
select i.id, i.status, t.saga_id is not null as has_timer from saga.instance i left join saga.timer t on t.saga_id = i.id
where (i.ended_at is null) <> (t.saga_id is not null)
  or (i.ended_at is null) <> (i.status in ('running', 'compensating'))`
