// Every list that grows is paged by keyset: new rows at its head neither repeat nor hide rows on later pages.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, forAllTests } from '@relevo/testing'
import { runningOrders } from '../orders/ordersHarness.ts'
import { failingConsumer, rejectedOutbox, runningConsole, token } from './consoleHarness.ts'
import { browserOf, openPage, pressOn, skip } from './pagesHarness.ts'

const rows = 250
const limit = 100

const stack = forAllTests(async (t) => {
  const [consumer, outbox, orders] = await Promise.all([
    failingConsumer(t),
    rejectedOutbox(t),
    runningOrders(t, { OPERATOR_TOKEN: token }),
  ])
  const services = { 'message-processor': consumer, 'relay-test': outbox, orders }
  return { consumer, outbox, orders, console: await runningConsole(t, services) }
})

/** Reads a list page by page while new rows arrive at its head, and expects each old row exactly once. */
async function turnPages(
  { path, list, id }: { readonly path: string; readonly list: string; readonly id: string },
  add: (from: number, to: number) => Promise<unknown>,
): Promise<void> {
  const { console } = stack()
  const found: unknown[] = []
  let pages = 0
  for (let cursor = ''; ; pages++) {
    const { status, body } = await console.ask(`${path}limit=${limit}${cursor}`)
    assert.equal(status, 200)
    found.push(...body[list].map((row: Record<string, unknown>) => row[id]))
    if (body.next_cursor === undefined) break
    cursor = `&cursor=${body.next_cursor}`
    await add(rows + pages, rows + pages + 1)
  }
  assert.equal(pages, Math.floor(rows / limit))
  assert.equal(new Set(found).size, found.length)
  assert.equal(found.length, rows)
}

/** Waits for the group of this kind that has so many events. */
async function groupOf(kind: string, events: number): Promise<string> {
  const isWanted = (group: { kind: string; events: number }) => group.kind === kind && group.events === events
  const { groups } = await stack().console.until('/console/board', (board) => board.groups.some(isWanted))
  const { source, group } = groups.find(isWanted)
  return `source=${encodeURIComponent(source)}&group=${group}`
}

test('dead letters', async () => {
  const { pool, groupId } = stack().consumer
  const add = (from: number, to: number) =>
    pool.query(
      `insert into inbox.dead_letter (consumer, topic, partition, kafka_offset, headers, record_time, digest, reason,
         error, attempts)
       select $1, 'orders', 0, n, '{}', now(), inbox.digest(n::text), 'missingId', 'none', 0
       from generate_series($2::int, $3::int - 1) n`,
      [groupId, from, to],
    )
  await add(0, rows)
  const group = await groupOf('consumer', rows)
  await turnPages({ path: `/console/letters?${group}&`, list: 'letters', id: 'id' }, add)
})

test('keys in quarantine', async () => {
  const { pool } = stack().outbox
  // These pages are in the order of digests, so a new key may appear on any page: none is added here.
  const add = async (from: number, to: number) => {
    const keys = `(select n, 'key-' || n as key from generate_series(${from}, ${to} - 1) n) k`
    await pool.query(`
      insert into outbox.quarantine (shard, key, scope, topic, state, attempts, error_code, error)
      select outbox.key_bucket(key) % 16, key, 'record', 'orders', 'quarantined', 1, 'recordTooLarge', 'too large'
      from ${keys};
      insert into outbox.quarantined_event (id, xid, shard, event_id, topic, key, type, payload, created_at)
      select n, '3', outbox.key_bucket(key) % 16, uuidv7(), 'orders', key, 'ORDER_PLACED', '{}', now() from ${keys}`)
  }
  await add(0, rows)
  const group = await groupOf('outbox', rows)
  const { body } = await stack().console.ask(`/console/preview?${group}`)
  assert.deepEqual([body.events, body.keys], [rows, rows])
  await turnPages({ path: `/console/keys?${group}&`, list: 'keys', id: 'key' }, async () => {})
  assert.equal((await stack().console.ask(`/console/keys?${group}&cursor=1`)).status, 400)
})

test('sagas', async () => {
  const { pool } = stack().orders
  const add = (from: number, to: number) =>
    pool.query(
      `insert into saga.instance (id, name, version, key, status, data, state, ended_at)
       select uuidv7(), 'sale', 1, 'order-' || n, 'completed', '{}', '{}', now()
       from generate_series($1::int, $2::int - 1) n`,
      [from, to],
    )
  await add(0, rows)
  await turnPages({ path: '/console/sagas?status=completed&', list: 'sagas', id: 'id' }, add)
})

const addActions = (from: number, to: number) =>
  stack().console.pool.query(
    `insert into action (action_id, asked_by, deed, target, meant, ended_at, done)
     select gen_random_uuid(), 'Ana', 'redrive', 'row-' || n, '{}', clock_timestamp(), 1
     from generate_series($1::int, $2::int - 1) n`,
    [from, to],
  )

test('actions', async () => {
  await addActions(0, rows)
  await turnPages({ path: '/console/actions?', list: 'actions', id: 'id' }, addActions)
})

test('a refresh with new rows leaves no gap between the pages', {
  skip,
}, async (t) => {
  await stack().console.pool.query('delete from action')
  await addActions(0, 120)
  const page = await openPage(t, { browser: await browserOf(t), console: stack().console }, '/actions')
  const shown = async () => {
    const texts = await page.locator('li.action .what p:first-child').allTextContents()
    return texts.map((text) => Number(/row-(\d+)$/.exec(text)?.[1]))
  }
  const showing = (count: number, newest: number) =>
    eventually(async () => {
      const numbers = await shown()
      return numbers.length === count && numbers[0] === newest && numbers
    }, `${count} rows from row-${newest} on`)
  const downFrom = (newest: number, count: number) => Array.from({ length: count }, (_, n) => newest - n)
  const more = page.getByRole('button', { name: 'Show more' })
  await showing(50, 119)
  await pressOn(page, more)
  await showing(100, 119)
  await addActions(120, 123)
  assert.deepEqual(await showing(100, 122), downFrom(122, 100))
  await pressOn(page, more)
  assert.deepEqual(await showing(123, 122), downFrom(122, 123))
})
