// No page looks at a table as a whole, however many rows there are. RELEVO_PLAN_ROWS=10000000 does it beside so many
// events and dead letters, and measures each statement.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  deadLetterStates,
  groupDeadLetters,
  inboxMigrations,
  listDeadLetters,
  previewRedrive,
  readConsumption,
  readDeadLetter,
} from '@relevo/inbox'
import { outboxMigrations } from '@relevo/outbox'
import { audit, backlog, listQuarantine, searchEvents, showQuarantine } from '@relevo/relay'
import { listSagas, readSaga, sagaMigrations } from '@relevo/saga'
import { forAllTests, testDatabase } from '@relevo/testing'
import pg from 'pg'
import { database } from './database.ts'
import { listActions } from './sql/actions.ts'
import { listSteps } from './sql/samples.ts'

const { RELEVO_PLAN_ROWS: wanted } = process.env
const many = Number(wanted ?? 20_000)
/** Rows of each table that grows far less than the outbox: dead letters, quarantined keys, sagas. */
const rare = Math.min(many, 100_000)
const mostMs = 100
const setupMs = wanted === undefined ? 60_000 : 3_600_000
const pieces = 500_000
/** What else runs on the machine may hold up one of these. */
const attempts = wanted === undefined ? 1 : 5

const stack = forAllTests(async (t) => {
  const { url, pool } = await testDatabase(t, [
    outboxMigrations,
    inboxMigrations,
    sagaMigrations,
    ...database.migrations.slice(1),
  ])
  // A service's statements end after seconds; these need not.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await fill(client)
  } finally {
    await client.end()
  }
  const { rows } = await pool.query(
    'select fingerprint from inbox.dead_letter group by 1 order by count(*) desc limit 1',
  )
  // A cursor far down the list: a page must not read the rows before it.
  const { rows: sagas } = await pool.query('select saga_id from saga.timer order by 1 offset 100 limit 1')
  return { pool, fingerprint: rows[0].fingerprint as string, saga: sagas[0].saga_id as string }
})

async function fill(client: pg.Client): Promise<void> {
  for (let from = 0; from < many; from += pieces)
    await client.query(insertEvents, [from, Math.min(many, from + pieces)])
  for (const statement of settled) await client.query(statement)
  await client.query(insertEvents, [many, many + 200])
  await client.query(insertLetters, [rare])
  for (const statement of others) await client.query(statement)
  await client.query('vacuum analyze')
}

const idOf = (n: string) => `('00000000-0000-7000-8000-' || lpad(${n}::text, 12, '0'))::uuid`

const insertEvents = `
insert into outbox.event (shard, event_id, topic, key, type, headers, payload, created_at)
select n % 16, ${idOf('n')}, 'orders', 'order-' || n % 1000, 'ORDER_PLACED',
  json_build_object('ce_correlationid', 'c-' || n % 500), json_build_object('n', n), now() - interval '1 h' + n * interval '10 us'
from generate_series($1::int, $2::int - 1) n`

/** Everything until now is published and audited. */
const settled = [
  `update outbox.stored_cursor set published = pg_current_snapshot(),
     published_seq = (select last_value from outbox.event_id_seq)`,
  `update outbox.audited a set as_of = pg_current_snapshot(), events = n.events
     from (select shard, count(*) as events from outbox.event group by shard) n where n.shard = a.shard`,
]

const insertLetters = `
insert into inbox.dead_letter (consumer, topic, partition, kafka_offset, value, headers, record_time, digest, source,
  event_id, event_time, type, ordering_key, reason, error, attempts, redriven_at, archived_at, discarded_at)
select 'orders', 'orders', 0, n, decode(repeat(md5(n::text), 64), 'hex'), '{}', now(), inbox.digest(n::text), '/test', ${idOf('n')}, now(), 'ORDER_PLACED',
  'order-' || n % 1000, 'rejected', repeat(chr(97 + n % 20), 20) || n, 1, case when n % 10 = 0 then now() end,
  case when n % 10 = 1 then now() end, case when n % 10 = 2 then now() end
from generate_series(1, $1::int) n`

const others = [
  `insert into outbox.quarantine (shard, key, scope, topic, state, attempts, error_code, error)
   select outbox.key_bucket(k) % 16, k, 'record', 'orders', 'quarantined', 1, 'recordTooLarge', 'too large'
   from (select 'order-' || n as k from generate_series(1, ${rare}) n) k`,
  `insert into outbox.quarantined_event (id, xid, shard, event_id, topic, key, type, payload, created_at)
   select n, '3', outbox.key_bucket(k) % 16, ${idOf('n')}, 'orders', k, 'ORDER_PLACED', '{}', now()
   from (select n, 'order-' || n as k from generate_series(1, ${rare}) n) k`,
  `insert into inbox.held (consumer, topic, partition, key, kafka_offset, source, event_id, event_time, type, value,
     headers, record_time, digest)
   select 'orders', 'orders', 0, 'order-' || n % 1000, n, '/test', ${idOf('n')}, now(), 'ORDER_PLACED', '{}', '{}', now(),
     inbox.digest(n::text) from generate_series(1, 5000) n`,
  `insert into inbox.processed (consumer, event_id, source) select 'orders', uuidv7(), '/test' from generate_series(1, 20000)`,
  `insert into action (action_id, asked_by, deed, target, meant)
   select gen_random_uuid(), 'Ana', 'redrive', 'orders', '{}' from generate_series(1, 20000)`,
  `insert into saga.instance (id, name, version, key, status, data, state, started_at, ended_at)
   select uuidv7(-n * interval '10 s'), 'sale', 1, 'order-' || n,
     case when n % 2 = 0 then 'running' when n % 5 = 0 then 'compensated' else 'completed' end,
     '{}', '{"steps": {}, "outstanding": null}', now() - n * interval '10 s', case when n % 2 = 1 then now() end
   from generate_series(1, ${rare}) n`,
  `insert into saga.timer (saga_id, name, version, step, attempt, undo, tries, due_at, started_at, stuck_since)
   select id, name, version, 'pay', 1, false, 1, now(), started_at, case when key like '%0000' then now() end
   from saga.instance where status = 'running'`,
  `insert into saga.history (saga_id, kind) select id, 'started' from saga.instance`,
  `insert into saga.late_reply (saga_id, step, attempt, type, event_id, treatment)
   select id, 'pay', 1, 'PAID', uuidv7(), 'ignored' from saga.instance`,
  `insert into saga.parked (saga_id, name, version, event) select id, name, version, '{}' from saga.instance`,
  `insert into sample (at, published_per_second, backlog, oldest_seconds, lag, lag_seconds)
   select date_bin('10 s', now() - n * interval '10 s', 'epoch'), 1, 1, 1, 1, 1 from generate_series(1, 60480) n`,
]

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

interface Explained {
  readonly text: string
  readonly ms: number
  readonly nodes: readonly PlanNode[]
}

/** A pool that explains each statement before it runs it. */
function explaining(pool: pg.Pool, into: Explained[]): pg.Pool {
  const query = async (statement: string | { text: string; values?: unknown[] }, given: unknown[] = []) => {
    const { text, values = given } = typeof statement === 'string' ? { text: statement } : statement
    const plans = []
    for (let n = 0; n < attempts; n++) {
      const { rows } = await pool.query(`explain (analyze, timing off, format json) ${text}`, values)
      plans.push(rows[0]['QUERY PLAN'][0])
    }
    const ms = Math.min(...plans.map((plan) => plan['Execution Time']))
    into.push({ text, ms, nodes: flatten(plans[0].Plan) })
    return pool.query(text, values)
  }
  return { query } as unknown as pg.Pool
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)]
}

/** The most rows that a page may read of one table, whatever the plan. Each table that grows has more in this test. */
const fewRows = 3_000

function rowsRead(node: PlanNode): number {
  return (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
}

const consumer = 'orders'
const eventId = '00000000-0000-7000-8000-000000000005'
/** As a search asks for them. */
const found = { states: deadLetterStates, limit: 25 }
const digest = 'f'.repeat(64)

/** Statements that count or search within a bound may read this many rows, by an index. */
const counts: Readonly<Record<string, number>> = {
  'the newest events': 20_000,
  'an event by its key': 20_000,
  'an event by its id and time': 20_000,
  'an event by its correlation': 20_000,
  'what followed from an event': 20_000,
  'groups of dead letters': rare,
  'groups of archived dead letters': rare,
  'what a redrive of a group would do': rare / 20,
}

interface Samples {
  readonly fingerprint: string
  readonly saga: string
}

const pages: Readonly<Record<string, (pool: pg.Pool, samples: Samples) => Promise<unknown>>> = {
  'the newest events': (pool) => searchEvents(pool, { limit: 25 }),
  'an event by its key': (pool) => searchEvents(pool, { key: 'none', limit: 25 }),
  'an event by its id and time': (pool) => searchEvents(pool, { eventId, from: new Date(0), limit: 25 }),
  'an event by its correlation': (pool) => searchEvents(pool, { correlationId: 'none', limit: 25 }),
  'what followed from an event': (pool) => {
    const [from, to] = [new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_594_000)]
    return searchEvents(pool, { causationId: 'none', from, to, limit: 20 })
  },
  'the state of an outbox': (pool) => backlog(pool),
  'the audit': (pool) => audit(pool),
  'the quarantined keys': (pool) => listQuarantine(pool, { limit: 1_000 }),
  'the quarantined keys of a group, a later page': (pool) => {
    const filter = { topic: 'orders', type: 'ORDER_PLACED', code: 'recordTooLarge' }
    return listQuarantine(pool, { limit: 50, after: `7:${digest}`, filter })
  },
  'a quarantined key': (pool) => showQuarantine(pool, 'order-7', 100),
  'groups of dead letters': (pool) => groupDeadLetters(pool, { consumer }, 100),
  'groups of archived dead letters': (pool) => groupDeadLetters(pool, { consumer }, 100, 'archived'),
  'archived dead letters of a group': (pool, { fingerprint }) =>
    listDeadLetters(pool, { consumer, fingerprint }, { states: ['archived'], limit: 50 }),
  'dead letters by key': (pool) => listDeadLetters(pool, { consumer, key: 'none' }, found),
  'dead letters by type': (pool) => listDeadLetters(pool, { consumer, type: 'none' }, found),
  'dead letters by a frequent type': (pool) =>
    listDeadLetters(pool, { consumer, type: 'ORDER_PLACED' }, found),
  'dead letters of any consumer by key': (pool) => listDeadLetters(pool, { key: 'order-7' }),
  'dead letters of any consumer by type': (pool) => listDeadLetters(pool, { type: 'none' }),
  'dead letters of any consumer': (pool) => listDeadLetters(pool),
  'dead letters by id': (pool) => listDeadLetters(pool, { consumer, eventId }, found),
  'dead letters of a group': (pool, { fingerprint }) =>
    listDeadLetters(pool, { consumer, fingerprint }, { limit: 50 }),
  'dead letters, a later page': (pool) =>
    listDeadLetters(pool, { consumer }, { limit: 50, cursor: String(rare - 100) }),
  'a dead letter': (pool) => readDeadLetter(pool, { consumer, id: '7' }),
  'what a redrive of a group would do': (pool, { fingerprint }) =>
    previewRedrive(pool, { consumer, fingerprint }),
  'what a redrive of one would do': (pool) => previewRedrive(pool, { consumer, id: '7' }),
  'what became of an event': (pool) => readConsumption(pool, eventId),
  'the actions': (pool) => listActions(pool, { before: undefined, limit: 51 }),
  'the actions, a later page': (pool) => listActions(pool, { before: 100, limit: 51 }),
  'the sagas': (pool) => listSagas(pool, {}, { limit: 50 }),
  'the sagas, a later page': (pool, { saga }) => listSagas(pool, {}, { limit: 50, cursor: saga }),
  'sagas under way': (pool) => listSagas(pool, { status: 'running' }, { limit: 50 }),
  'sagas under way, a later page': (pool, { saga }) =>
    listSagas(pool, { status: 'running' }, { limit: 50, cursor: saga }),
  'sagas that are stuck': (pool) => listSagas(pool, { stuck: true }, { limit: 50 }),
  'sagas that have ended, a later page': (pool, { saga }) =>
    listSagas(pool, { status: 'compensated' }, { limit: 50, cursor: saga }),
  'sagas by key': (pool) => listSagas(pool, { key: 'order-7' }, { limit: 50 }),
  'sagas by age': (pool) => listSagas(pool, { olderThanSeconds: rare * 9 }, { limit: 50 }),
  'a saga': (pool, { saga }) => readSaga(pool, saga),
  'the charts of an hour': (pool) => listSteps(pool, { seconds: 3_600, stepSeconds: 10 }),
}

for (const [name, ask] of Object.entries(pages))
  test(`${name}: by indexes only`, { timeout: setupMs }, async (t) => {
    const explained: Explained[] = []
    const { pool, ...samples } = stack()
    await ask(explaining(pool, explained), samples)
    assert.ok(explained.length > 0)
    const most = Math.max(counts[name] ?? 0, fewRows)
    for (const { text, ms, nodes } of explained) {
      const tooMany = nodes.filter(
        (node) =>
          node['Relation Name'] && rowsRead(node) > (node['Node Type'] === 'Seq Scan' ? fewRows : most),
      )
      assert.deepEqual(
        tooMany.map((node) => [node['Node Type'], node['Relation Name'], rowsRead(node)]),
        [],
        text,
      )
      if (wanted === undefined) continue
      t.diagnostic(`${name}: ${ms.toFixed(1)} ms`)
      assert.ok(ms <= mostMs, `${ms} ms: ${text}`)
    }
  })
