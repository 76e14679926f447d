import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { afterTest, eventually } from '@relevo/testing'
import fc from 'fast-check'
import pg from 'pg'
import { append } from './append.ts'
import type { StoredEvent } from './event.ts'
import { createEventStore } from './eventStore.ts'
import { type AccountEvent, eventStoreHarness } from './eventStoreHarness.ts'
import { type RebuildOptions, rebuildProjection } from './rebuildProjection.ts'
import { grantToApp } from './sql/grantEventStore.ts'
import { Subscriber } from './subscriber.ts'
import { type Projection, type Subscription, subscriptionOf } from './subscription.ts'

const logger = { debug() {}, info() {}, warn() {}, error() {} }

/** The balance of each account, by additions: an event that is applied twice or left out shows. */
const balances = (inline: boolean, revision = 1): Projection<AccountEvent> => ({
  name: 'balances',
  table: 'public.balance',
  inline,
  revision,
  categories: ['account'],
  types: ['opened', 'deposited', 'withdrawn'],
  async apply(events: readonly StoredEvent<AccountEvent>[], tx, table) {
    for (const event of events) {
      const amount =
        event.type === 'opened' ? 0 : event.type === 'deposited' ? event.data.amount : -event.data.amount
      await tx.query(
        `insert into ${table} as b (account, balance, events, version) values ($1, $2, 1, $3)
         on conflict (account) do update set balance = b.balance + excluded.balance, events = b.events + 1,
           version = excluded.version`,
        [event.stream, amount * revision, event.version],
      )
    }
  },
})

async function rebuildHarness(t: TestContext, inline: boolean) {
  const harness = await eventStoreHarness(t)
  const { pool, url } = harness
  await pool.query(`
    create table public.balance (id integer generated always as identity, account text primary key,
      balance integer not null, events integer not null, version bigint not null);
    create index on public.balance (balance);
    select event_store.define_projection('balances', 'public.balance')`)
  const store = createEventStore({ projections: inline ? [balances(true) as Projection] : [] })
  // Its sessions are those that crash.
  const victims = new pg.Pool({ connectionString: url, application_name: 'victim' })
  victims.on('error', () => {})
  victims.on('connect', (client) => client.on('error', () => {}))
  afterTest(t, () => victims.end())
  const retry = { initialMs: 1, maxMs: 20 }
  const rebuild = (options: Partial<RebuildOptions<AccountEvent>> = {}) =>
    rebuildProjection({ pool: victims, projection: balances(inline), logger, retry, pageRows: 5, ...options })
  const subscribe = () => {
    const subscription = subscriptionOf(balances(false)) as Subscription
    const subscriber = new Subscriber({
      pool: victims,
      subscription,
      logger,
      retry,
      pageRows: 4,
      maxPollMs: 20,
    })
    afterTest(t, () => subscriber.stop())
    subscriber.start()
    return subscriber
  }

  /** The read model, and what it has to be. */
  async function compare(): Promise<{ live: unknown[]; expected: unknown[] }> {
    const live = await pool.query(
      'select account, balance, events, version::integer from public.balance order by account collate "C"',
    )
    const expected = await pool.query(`
      select stream as account, count(*)::integer as events, max(version)::integer as version,
        coalesce(sum(case type when 'deposited' then 1 when 'withdrawn' then -1 else 0 end
          * (data ->> 'amount')::integer), 0)::integer as balance
      from event_store.event where category = 'account' group by stream order by stream collate "C"`)
    return {
      live: live.rows,
      expected: expected.rows.map(({ account, balance, events, version }) => ({
        account,
        balance,
        events,
        version,
      })),
    }
  }

  return { ...harness, store, rebuild, subscribe, compare }
}

const opened: AccountEvent = { type: 'opened', data: { owner: 'ana' } }
const deposited = (amount: number): AccountEvent => ({ type: 'deposited', data: { amount } })

for (const inline of [true, false])
  test(`trap 15: rebuilt beside live writes, at random times and with sessions killed between any two statements, the ${inline ? 'inline' : 'subscribed'} read model equals the live one`, async (t) => {
    const { pool, store, transaction, rebuild, subscribe, compare } = await rebuildHarness(t, inline)
    if (!inline) subscribe()
    let kills = 0
    let switches = 0
    const kill = async () => {
      const { rows } = await pool.query(`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'victim'`)
      kills += rows.length
    }
    const step = fc.record({
      account: fc.integer({ min: 1, max: 4 }),
      amounts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      rollback: fc.boolean(),
      kill: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), async (steps) => {
        const rebuilding = rebuild().then((result) => {
          assert.equal(result.outcome, 'switched')
          switches += 1
        })
        const writers = steps.map(async ({ account, amounts, rollback, ...chance }) => {
          const written = transaction(async (client) => {
            await store.append(client, `account-${account}`, 'any', amounts.map(deposited))
            if (rollback) throw new Error('undone')
          })
          await written.catch((error: Error) => assert.match(error.message, /undone/))
          if (chance.kill) await kill()
        })
        await Promise.all([rebuilding, ...writers])
        await eventually(async () => {
          const { live, expected } = await compare()
          return JSON.stringify(live) === JSON.stringify(expected)
        })
        const { live, expected } = await compare()
        assert.deepEqual(live, expected)
      }),
      { numRuns: 6 },
    )
    assert.equal(switches, 6)
    assert.ok(kills > 0, 'sessions were killed')
  })

test('a writer that has appended and not written the read model when it is switched writes the new one', async (t) => {
  const { pool, open, rebuild, compare } = await rebuildHarness(t, true)
  const writer = await open()
  const result = await append(writer, 'account-1', 0, [opened, deposited(5)])
  assert.ok(result.outcome === 'appended')
  assert.equal((await rebuild()).outcome, 'switched')
  await balances(true).apply(result.events as StoredEvent<AccountEvent>[], writer, 'public.balance')
  await writer.commit()
  const { live, expected } = await compare()
  assert.deepEqual(live, expected)
  assert.equal((await pool.query('select from public.balance')).rows.length, 1)
})

test('a writer that holds the read model delays the switch, and the switch no writer for long', async (t) => {
  const { pool, store, open, rebuild, compare } = await rebuildHarness(t, true)
  const holder = await open()
  await store.append(holder, 'account-1', 0, [opened])
  const rebuilding = rebuild({ switchLockMs: 20 })
  for (let n = 0; n < 20; n++) await store.append(pool, 'account-2', n, [deposited(1)])
  assert.equal(await Promise.race([rebuilding, 'under way']), 'under way')
  await holder.commit()
  assert.equal((await rebuilding).outcome, 'switched')
  const { live, expected } = await compare()
  assert.deepEqual(live, expected)
  assert.equal((await store.append(pool, 'account-2', 20, [deposited(1)])).outcome, 'appended')
})

test('an unknown event keeps the read model as it is, until the code knows it; the rebuild goes on from there', async (t) => {
  const { pool, store, transaction, rebuild, compare } = await rebuildHarness(t, true)
  await store.append(pool, 'account-1', 0, [opened, deposited(2)])
  await append(pool, 'account-2', 0, [{ type: 'new', data: { amount: 3 } }])
  const unknown = transaction((client) => store.append(client, 'account-2', 1, [{ type: 'new', data: {} }]))
  await assert.rejects(unknown, { code: 'unknownEvent' })
  await pool.query('update public.balance set balance = 77')
  assert.equal((await rebuild()).outcome, 'blocked')
  assert.deepEqual((await pool.query('select balance from public.balance')).rows, [{ balance: 77 }])
  const upcasters = { new: ({ data }: { data: unknown }) => ({ type: 'deposited', data }) }
  assert.equal((await rebuild({ upcasters })).outcome, 'switched')
  const { live } = await compare()
  assert.deepEqual(live, [
    { account: 'account-1', balance: 2, events: 2, version: 2 },
    { account: 'account-2', balance: 3, events: 1, version: 1 },
  ])
})

test('an interrupted rebuild goes on, and one of another revision begins anew', async (t) => {
  const { pool, store, rebuild } = await rebuildHarness(t, true)
  for (let n = 0; n < 30; n++) await store.append(pool, `account-${n}`, 0, [deposited(1)])
  const stopping = new AbortController()
  const projection = balances(true)
  const apply: typeof projection.apply = async (...page) => {
    await projection.apply(...page)
    stopping.abort()
  }
  const aborted = await rebuild({ projection: { ...projection, apply }, signal: stopping.signal })
  assert.equal(aborted.outcome, 'aborted')
  const stored = async () => (await pool.query('select from public.balance_rebuild')).rows.length
  const before = await stored()
  assert.ok(before > 0 && before < 30)
  let applied = 0
  const counting: typeof projection.apply = async (events, ...to) => {
    await projection.apply(events, ...to)
    applied += events.length
  }
  assert.equal((await rebuild({ projection: { ...projection, apply: counting } })).outcome, 'switched')
  assert.equal(applied, 30 - before)
  assert.equal((await rebuild({ projection: balances(true, 2) })).outcome, 'switched')
  const { rows } = await pool.query('select sum(balance)::integer as sum from public.balance')
  assert.equal(rows[0].sum, 60)
})

test('a service rebuilds by its own rights, which the new table has, with the indexes of the old one', async (t) => {
  const { pool, url, store, compare } = await rebuildHarness(t, true)
  const role = `app_${Math.random().toString(36).slice(2)}`
  await pool.query(`create role ${role} login password 'x'; ${grantToApp(role)};
    grant select, insert, update, delete on public.balance to ${role}`)
  const asRole = new URL(url)
  asRole.username = role
  asRole.password = 'x'
  const app = new pg.Pool({ connectionString: asRole.href })
  afterTest(t, () => pool.query(`drop owned by ${role}; drop role ${role}`))
  afterTest(t, () => app.end())
  await store.append(app, 'account-1', 0, [opened, deposited(4)])
  for (let round = 0; round < 2; round++)
    assert.equal(
      (await rebuildProjection({ pool: app, projection: balances(true), logger })).outcome,
      'switched',
    )
  await store.append(app, 'account-1', 2, [deposited(5)])
  const { live, expected } = await compare()
  assert.deepEqual(live, expected)
  const { rows } = await pool.query(`select from pg_indexes where tablename = 'balance'`)
  assert.equal(rows.length, 2)
  await assert.rejects(app.query(`select event_store.define_projection('other', 'outbox.event')`), {
    code: '42501',
  })
})

test('what cannot be rebuilt beside itself is refused with the reason', async (t) => {
  const { pool, rebuild } = await rebuildHarness(t, true)
  const refused = (reason: RegExp) =>
    assert.rejects(rebuild(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'notRebuildable')
      assert.match(error.message, reason)
      return true
    })
  await pool.query('create view seen as select * from public.balance')
  await refused(/it has a view/)
  await pool.query('drop view seen; alter table public.balance add column n serial')
  await refused(/it has a serial column/)
  await pool.query('delete from event_store.projection')
  await refused(/define_projection/)
  assert.throws(() => subscriptionOf(balances(true)), { code: 'invalidAggregate' })
  assert.throws(() => createEventStore({ projections: [balances(false) as Projection] }), {
    code: 'invalidAggregate',
  })
})
