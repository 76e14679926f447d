import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { append } from './append.ts'
import { createEventStore } from './eventStore.ts'
import { type AccountCommand, type AccountEvent, account, sharedEventStore } from './eventStoreHarness.ts'
import type { CommandResult } from './executeCommand.ts'
import { readStream } from './readStream.ts'

const harness = sharedEventStore()

const open: AccountCommand = { do: 'open', owner: 'ana' }
const deposit = (amount: number): AccountCommand => ({ do: 'deposit', amount })
const withdraw = (amount: number): AccountCommand => ({ do: 'withdraw', amount })

type Result = CommandResult<{ owner: string | null; balance: number }, AccountEvent, string>
const facts = ({ outcome, version }: Result) => `${outcome} ${version}`

test('a command is decided by the state of its stream', async (t) => {
  const { pool, transaction, id } = harness(t)
  const store = createEventStore()
  const run = (command: AccountCommand, expectedVersion?: number) =>
    transaction((client) => store.execute(client, account, id, command, { expectedVersion }))
  assert.equal(facts(await run(deposit(1))), 'rejected 0')
  assert.equal(facts(await run(open)), 'accepted 1')
  assert.equal(facts(await run(open)), 'accepted 1')
  assert.equal(facts(await run(deposit(10), 1)), 'accepted 2')
  assert.equal(facts(await run(deposit(10), 1)), 'conflict 2')
  const rejected = await run(withdraw(11))
  assert.deepEqual(rejected, {
    outcome: 'rejected',
    reason: 'not enough',
    version: 2,
    state: { owner: 'ana', balance: 10 },
  })
  const accepted = await run(withdraw(4))
  assert.ok(accepted.outcome === 'accepted')
  assert.deepEqual(accepted.state, { owner: 'ana', balance: 6 })
  assert.deepEqual(await store.load(pool, account, id), { version: 3, state: accepted.state })
  assert.deepEqual(await store.load(pool, account, id, { upTo: 2 }), {
    version: 2,
    state: { owner: 'ana', balance: 10 },
  })
})

test('trap 14: commands to one stream at the same time are decided one after another, and none is lost', async (t) => {
  const { pool, transaction, id } = harness(t)
  const store = createEventStore()
  await transaction((client) => store.execute(client, account, id, open))
  await transaction((client) => store.execute(client, account, id, deposit(50)))
  const results = await Promise.all(
    Array.from({ length: 100 }, () =>
      transaction((client) => store.execute(client, account, id, withdraw(1))),
    ),
  )
  assert.equal(results.filter(({ outcome }) => outcome === 'accepted').length, 50)
  assert.equal(results.filter(({ outcome }) => outcome === 'rejected').length, 50)
  assert.deepEqual(await store.load(pool, account, id), { version: 52, state: { owner: 'ana', balance: 0 } })
})

test('trap 14: a command sent twice has its first result, whatever has happened since', async (t) => {
  const { transaction, id } = harness(t)
  const store = createEventStore()
  const commandId = randomUUID()
  const send = () => transaction((client) => store.execute(client, account, id, deposit(5), { commandId }))
  await transaction((client) => store.execute(client, account, id, open))
  const results = await Promise.all(Array.from({ length: 12 }, send))
  assert.deepEqual(results.map(facts).sort(), ['accepted 2', ...Array(11).fill('repeated 2')])
  await transaction((client) => store.execute(client, account, id, withdraw(5)))
  const late = await send()
  const [first] = results.filter(({ outcome }) => outcome === 'accepted')
  assert.deepEqual(late, { ...first, outcome: 'repeated' })
})

test('what is published is in the outbox, in the same transaction, under the id of the event', async (t) => {
  const { pool, transaction, id } = harness(t)
  const store = createEventStore<AccountEvent>({
    publish: ({ type, data, version }) =>
      type === 'opened' ? undefined : { topic: 'accounts', type, payload: { ...data, version } },
  })
  await transaction((client) => store.execute(client, account, id, open))
  await transaction((client) => store.execute(client, account, id, deposit(3)))
  await assert.rejects(
    transaction(async (client) => {
      await store.execute(client, account, id, deposit(4))
      throw new Error('undone')
    }),
    /undone/,
  )
  const { rows } = await pool.query(
    'select event_id, topic, key, type, payload from outbox.event where key = $1',
    [`account-${id}`],
  )
  const { events } = await store.read(pool, `account-${id}`)
  assert.equal(events.length, 2)
  assert.deepEqual(rows, [
    {
      event_id: events[1]?.eventId,
      topic: 'accounts',
      key: `account-${id}`,
      type: 'deposited',
      payload: { amount: 3, version: 2 },
    },
  ])
})

test('appends and conflicts are counted by category', async (t) => {
  const { pool, id } = harness(t)
  const registry = new Registry()
  const store = createEventStore({ registry })
  createEventStore({ registry })
  const event = { type: 'opened', data: {} }
  await store.append(pool, `account-${id}`, 0, [event, event])
  await store.append(pool, `account-${id}`, 0, [event])
  const text = await registry.metrics()
  assert.match(text, /relevo_event_store_appended_events_total\{category="account"\} 2/)
  assert.match(text, /relevo_event_store_conflicts_total\{category="account"\} 1/)
})

test('a store reads what older code has stored by its upcasters, also in a repeated command', async (t) => {
  const { pool, transaction, id } = harness(t)
  const commandId = randomUUID()
  await append(pool, `account-${id}`, 0, [{ type: 'opened.v1', data: 'ana' }], { commandId })
  const store = createEventStore({
    upcasters: { 'opened.v1': ({ data }) => ({ type: 'opened', data: { owner: data } }) },
  })
  const opened = { type: 'opened', data: { owner: 'ana' } }
  const [event] = (await store.read(pool, `account-${id}`)).events
  assert.deepEqual({ type: event?.type, data: event?.data }, opened)
  assert.deepEqual((await store.load(pool, account, id)).state, { owner: 'ana', balance: 0 })
  const repeated = await transaction((client) => store.execute(client, account, id, open, { commandId }))
  assert.ok(repeated.outcome === 'repeated')
  assert.deepEqual(
    repeated.events.map(({ type, data }) => ({ type, data })),
    [opened],
  )
  const again = await store.append(pool, `account-${id}`, 'any', [opened], { commandId })
  assert.ok(again.outcome === 'repeated' && again.events[0]?.type === 'opened')
  assert.equal((await readStream(pool, `account-${id}`)).events[0]?.type, 'opened.v1', 'as it was stored')
})

const kept = { ...account, snapshot: { every: 3, revision: 1 } }

const commands = fc.array(
  fc.oneof(
    fc.constant(open),
    fc.integer({ min: 1, max: 9 }).map(deposit),
    fc.integer({ min: 1, max: 9 }).map(withdraw),
  ),
  { minLength: 1, maxLength: 25 },
)

test('trap 18: by snapshots, without them, or with them thrown away at any time, the state is the same', async (t) => {
  const { pool, transaction, id: prefix } = harness(t)
  const store = createEventStore()
  let stream = 0
  let used = 0
  await fc.assert(
    fc.asyncProperty(commands, fc.array(fc.boolean(), { minLength: 25 }), async (list, thrown) => {
      const id = `${prefix}-${++stream}`
      for (const [index, command] of list.entries()) {
        await transaction((client) => store.execute(client, kept, id, command))
        const { rows } = await pool.query('select from event_store.snapshot')
        used += rows.length
        if (thrown[index]) await pool.query('delete from event_store.snapshot')
        const whole = await store.load(pool, account, id)
        assert.deepEqual(await store.load(pool, kept, id), whole)
        const upTo = Math.ceil(whole.version / 2)
        assert.deepEqual(
          await store.load(pool, kept, id, { upTo }),
          await store.load(pool, account, id, { upTo }),
        )
      }
    }),
    { numRuns: 15 },
  )
  assert.ok(used > 0, 'snapshots were there to be used')
})

test('trap 18: a snapshot of other code, of a younger stream or of another history is not used', async (t) => {
  const { pool, transaction, id } = harness(t)
  const store = createEventStore()
  for (const command of [open, deposit(1), deposit(1)])
    await transaction((client) => store.execute(client, kept, id, command))
  const spoil = (change: string) =>
    pool.query(
      `update event_store.snapshot set state = '{"owner":"none","balance":-1}', ${change} where stream = $1`,
      [`account-${id}`],
    )
  const state = { owner: 'ana', balance: 2 }

  await spoil('version = version')
  assert.equal((await store.load(pool, kept, id)).state.balance, -1, 'the snapshot is what is used')
  const newer = { ...kept, snapshot: { every: 3, revision: 2 } }
  assert.deepEqual((await store.load(pool, newer, id)).state, state)
  await spoil('version = 99')
  assert.deepEqual(await store.load(pool, kept, id), { version: 3, state })
  await spoil('version = 3, event_id = gen_random_uuid()')
  assert.deepEqual(await store.load(pool, kept, id), { version: 3, state })
  const deposits = await transaction((client) => store.execute(client, newer, id, deposit(1)))
  assert.deepEqual(deposits.outcome === 'accepted' && deposits.state, { owner: 'ana', balance: 3 })
})
