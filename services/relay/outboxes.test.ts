import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '@relevo/embedded'
import { loadConfig, ServiceError } from '@relevo/kit'
import { configSpec } from './config.ts'
import { type OutboxSettings, readOutboxes } from './outboxes.ts'

const kafka = { KAFKA_BROKERS: '127.0.0.1:9092' }
const three = {
  OUTBOXES: 'inventory, orders,pay-ments',
  INVENTORY_DATABASE_URL: 'postgres://r@h/inventory',
  ORDERS_DATABASE_URL: 'postgres://r@h:5433/orders',
  PAY_MENTS_DATABASE_URL: 'postgres://r@other/payments',
}

/** Everything that is wrong with these variables, as the process would say it. */
function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(configSpec, { ...kafka, ...env })
    return []
  } catch (error) {
    assert.ok(error instanceof ServiceError)
    return error.problems
  }
}

function shown({ databaseUrl, variables: _, ...rest }: OutboxSettings) {
  return { ...rest, url: typeof databaseUrl === 'string' ? databaseUrl : databaseUrl() }
}

test('one outbox is that of DATABASE_URL, with the variables that it always had', () => {
  const env = { DATABASE_URL: 'postgres://r@h/shop%20a', RELAY_SOURCE: 'wal' }
  assert.deepEqual(problemsOf(env), [])
  assert.deepEqual(readOutboxes(env).outboxes.map(shown), [
    {
      name: 'shop a',
      url: 'postgres://r@h/shop%20a',
      eventSource: '/relevo/messages',
      relaySource: 'wal',
      slot: 'relevo_shop_a',
    },
  ])
  const own = { ...env, EVENT_SOURCE: '/own', RELAY_SLOT: 'mine' }
  assert.deepEqual(
    readOutboxes(own).outboxes.map(({ eventSource, slot }) => [eventSource, slot]),
    [['/own', 'mine']],
  )
})

test('several outboxes have their variables behind their names, and RELAY_SOURCE is for all that say nothing else', () => {
  const env = { ...three, RELAY_SOURCE: 'wal', ORDERS_RELAY_SOURCE: 'table', ORDERS_EVENT_SOURCE: '/orders' }
  assert.deepEqual(problemsOf(env), [])
  assert.deepEqual(
    readOutboxes(env).outboxes.map((each) => {
      const { name, eventSource, relaySource, slot } = each
      return [name, eventSource, relaySource, slot]
    }),
    [
      ['inventory', '/relevo/inventory', 'wal', 'relevo_inventory'],
      ['orders', '/orders', 'table', 'relevo_orders'],
      ['pay-ments', '/relevo/pay-ments', 'wal', 'relevo_payments'],
    ],
  )
})

test('a URL and a password from files are read for each connection', () => {
  const directory = temporaryDirectory()
  const [url, password] = [join(directory, 'url'), join(directory, 'password')]
  writeFileSync(url, 'postgres://r:old@h/inventory\n')
  writeFileSync(password, 'p/1\n')
  const env = { ...three, INVENTORY_DATABASE_URL: '', INVENTORY_DATABASE_URL_FILE: url }
  assert.deepEqual(problemsOf(env), [])
  const read = (more = {}) => readOutboxes({ ...env, ...more }).outboxes.map((each) => shown(each).url)[0]
  assert.equal(read(), 'postgres://r:old@h/inventory')
  assert.equal(read({ INVENTORY_DATABASE_PASSWORD_FILE: password }), 'postgres://r:p%2F1@h/inventory')
  const [first] = readOutboxes(env).outboxes
  writeFileSync(url, 'postgres://r:new@h/inventory')
  assert.equal(first && shown(first).url, 'postgres://r:new@h/inventory')
})

test('everything that is wrong with the outboxes is said at once, and no secret', () => {
  const problems = problemsOf({
    OUTBOXES: 'a,b,b,c-1,c_1,Bad,d,e,f,g',
    DATABASE_URL: 'postgres://r:secret@h/x',
    RELAY_SLOT: 'mine',
    A_DATABASE_URL: 'postgres://r@H/same',
    B_DATABASE_URL: 'postgres://other:secret@h:5432/same',
    C_1_DATABASE_URL: 'mysql://r:secret@h/c',
    BAD_DATABASE_URL: 'postgres://r@h/bad',
    D_DATABASE_URL: 'postgres://r@h/d',
    D_RELAY_SOURCE: 'log',
    E_DATABASE_URL: 'postgres://r@h/e',
    E_DATABASE_URL_FILE: '/dev/null',
    F_DATABASE_URL: 'postgres://r@h/f',
    F_RELAY_SLOT: 'Wrong Slot',
  })
  const expected = [
    /^OUTBOXES: "Bad" is no name/,
    /^OUTBOXES names b twice$/,
    /^OUTBOXES: c-1 and c_1 would share the variables C_1_…$/,
    /^DATABASE_URL must not be set with OUTBOXES: each outbox has its own, as A_DATABASE_URL$/,
    /^RELAY_SLOT must not be set with OUTBOXES/,
    /^C_1_DATABASE_URL must be a URL/,
    /^D_RELAY_SOURCE must be one of table, wal, not "log"$/,
    /^E_DATABASE_URL_FILE must be a path of a file with a secret/,
    /^F_RELAY_SLOT must be 1 to 63 lower-case/,
    /^G_DATABASE_URL or G_DATABASE_URL_FILE is not set/,
    /^The outboxes a and b name the same database$/,
  ]
  for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? '', pattern)
  assert.equal(problems.length, expected.length, problems.join('\n'))
  assert.doesNotMatch(problems.join('\n'), /secret@/)
})

test('a slot that two outboxes of one server would read from, a URL given twice, and none at all are refused', () => {
  const slots = {
    ...three,
    ORDERS_DATABASE_URL: 'postgres://r@h/orders',
    INVENTORY_RELAY_SLOT: 'one',
    ORDERS_RELAY_SLOT: 'one',
  }
  assert.deepEqual(problemsOf(slots), ['The outboxes inventory and orders name the same replication slot'])
  assert.deepEqual(problemsOf({}), [
    "DATABASE_URL or DATABASE_URL_FILE is not set: The outbox's Postgres database",
  ])
  const file = join(temporaryDirectory(), 'url')
  writeFileSync(file, 'no url')
  assert.match(problemsOf({ DATABASE_URL_FILE: file })[0] ?? '', /must be the path of a file with a URL/)
  writeFileSync(file, 'postgres://r@h/x')
  assert.deepEqual(problemsOf({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgres://r@h/x' }), [
    'DATABASE_URL must not be set with DATABASE_URL_FILE',
  ])
  const many = Array.from({ length: 51 }, (_, n) => `o${n}`)
  const urls = many.map((name) => [`${name.toUpperCase()}_DATABASE_URL`, `postgres://r@h/${name}`])
  assert.deepEqual(problemsOf({ OUTBOXES: many.join(','), ...Object.fromEntries(urls) }), [
    'OUTBOXES names 51 outboxes; a relay takes at most 50',
  ])
})
