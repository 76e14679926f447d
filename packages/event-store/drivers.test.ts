import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDrivers } from '../outbox/testDrivers.ts'
import { append } from './append.ts'
import { createEventStore } from './eventStore.ts'
import { EventStoreError } from './eventStoreError.ts'
import { account, sharedEventStore } from './eventStoreHarness.ts'

const harness = sharedEventStore()

const kept = { ...account, snapshot: { every: 2, revision: 1 } }
const rich = { type: 'said', data: { text: `it's "quoted" $1 ?`, list: [1, null] }, metadata: { a: '\\ñ?' } }

for (const [name, connect] of Object.entries(testDrivers)) {
  test(`through ${name}, events are appended and read, conflicts are results, and errors keep their codes`, async (t) => {
    const { url, id } = harness(t)
    const driver = await connect(url)
    const store = createEventStore({ publish: ({ type, data }) => ({ topic: 't', type, payload: data }) })
    try {
      await driver.transaction(async (client) => {
        const one = await store.append(client, `s-${id}`, 0, [rich])
        const two = await store.append(client, `s-${id}`, 'any', [rich, rich])
        assert.ok(one.outcome === 'appended' && two.outcome === 'appended')
        assert.deepEqual((await store.read(client, `s-${id}`)).events, [...one.events, ...two.events])
        assert.deepEqual(await store.append(client, `s-${id}`, 1, [rich]), {
          outcome: 'conflict',
          version: 3,
        })
        await store.execute(client, kept, id, { do: 'open', owner: 'ana' })
        await store.execute(client, kept, id, { do: 'deposit', amount: 5 })
        assert.deepEqual(await store.load(client, kept, id), {
          version: 2,
          state: { owner: 'ana', balance: 5 },
        })
      })
      const eventId = id
      const twice = driver.transaction(async (client) => {
        for (const stream of [`a-${id}`, `b-${id}`]) await append(client, stream, 0, [{ ...rich, eventId }])
      })
      await assert.rejects(
        twice,
        (error) => error instanceof EventStoreError && error.code === 'duplicateEventId',
      )
    } finally {
      await driver.close()
    }
  })
}
