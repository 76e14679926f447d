import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, createHarness, effectHandlers } from './inboxHarness.ts'
import { runWorker } from './worker.ts'

const pollMs = 1_000

test('a worker with nothing to do sends one statement a look, and looks less and less often down to a bound', async (t) => {
  const h = await createHarness(t)
  const stopping = new AbortController()
  const { test: handler } = effectHandlers
  assert.ok(handler)
  const context = contextOf(h, handler, stopping.signal)
  const statements: string[] = []
  const { query } = h.pool
  t.mock.method(h.pool, 'query', function (this: unknown, ...args: [{ text: string } | string]) {
    statements.push(typeof args[0] === 'string' ? args[0] : args[0].text)
    return Reflect.apply(query, this, args)
  })
  const producer = { send: () => assert.fail('there is nothing to publish') }
  const publisher = { producer: { ...producer } as never, topicOf: () => 'none' }
  const options = { pollMs, partitionsAheadDays: 1, retentionDays: 30, publisher }

  const looks = 20
  const pauses: number[] = []
  await runWorker(context, options, async (ms) => {
    pauses.push(ms)
    if (pauses.length === 1) statements.length = 0 // the first look comes with what is done once an hour and so on
    if (pauses.length === looks + 1) stopping.abort()
  })
  const sent = statements.filter((text) => !text.includes('count(')) // that is done every 15 s
  assert.equal(sent.length, looks, sent.join('\n'))
  const [first = 0] = pauses
  assert.ok(first <= 1.25 * pollMs)
  for (const pause of pauses.slice(-10))
    assert.ok(pause > first && pause <= 1.25 * 2.5 * pollMs, String(pause))
})
