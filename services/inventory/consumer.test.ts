import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { command, item, runningInventory } from './inventoryHarness.ts'

test('200 orders at once for 100 units, by way of Kafka, each delivered twice: just 100 are reserved', async (t) => {
  const h = await runningInventory(t)
  const [a, b] = [await h.product(100), await h.product(100)]
  const orders = Array.from({ length: 200 }, (_, n) => {
    const items = [item(a, 1), item(b, 2), item(a, 1)]
    return command('RESERVE', randomUUID(), { items: n % 2 ? items : items.toReversed() })
  })
  const ids = orders.map(() => randomUUID())
  await h.send(orders, ids)
  await h.send(orders, ids)
  const replies = await eventually(async () => {
    const found = await h.events('inventory.responses')
    return found.length === 200 && found
  })
  assert.equal(replies.filter(({ type }) => type === 'RESERVED').length, 50)
  assert.deepEqual(
    [await h.stockOf(a), await h.stockOf(b)],
    [
      [100, 100],
      [100, 100],
    ],
  )
  await h.until('/stats', ({ duplicates }) => duplicates === 200)
  assert.equal((await h.events('inventory.responses')).length, 200)
  assert.deepEqual(await h.brokenLaws(), [])
})

test('a command that is none is a dead letter with a reason, and the orders beside it go on', async (t) => {
  const h = await runningInventory(t)
  const product = await h.product(10)
  const order = command('RESERVE', randomUUID(), { items: [item(product, 1)] })
  const wrong = [
    command('RESERVE', randomUUID(), { items: [item(product, 0)] }),
    command('RESERVE', randomUUID(), { items: [item(product, 1.5)] }),
    command('RESERVE', randomUUID(), { items: [item(product, 1e12)] }),
    command('RESERVE', randomUUID(), { items: [item(product, 1, '1.005')] }),
    command('RESERVE', randomUUID(), { items: [] }),
    command('RESERVE', randomUUID(), { items: Array.from({ length: 101 }, () => item(product, 1)) }),
    command('RESERVE', 'no-uuid', { items: [item(product, 1)] }),
  ]
  await h.send([...wrong, order])
  await h.until('/stats', (stats) => stats.dead_letters === wrong.length && stats.processed === 1)
  const { body } = await h.ask('/dead-letters')
  assert.deepEqual(
    new Set(body.dead_letters.map(({ reason }: { reason: string }) => reason)),
    new Set(['schemaViolation']),
  )
  assert.deepEqual(await h.stockOf(product), [10, 1])
})

test('replies of one batch name each its own command, and the stock the last that has changed it', async (t) => {
  const h = await runningInventory(t)
  const product = await h.product(10)
  const commands = ['a', 'b', 'c'].map((correlationId) => {
    const reserve = command('RESERVE', randomUUID(), { items: [item(product, 1)] })
    return { ...reserve, origin: { ce_causationid: randomUUID(), ce_correlationid: correlationId } }
  })
  const [first, second, third] = commands
  if (!first || !second || !third) assert.fail()
  // A repetition changes nothing.
  await h.take(first, second, { ...first, attempt: 2, origin: third.origin })
  const replies = await h.events('inventory.responses')
  assert.deepEqual(
    replies.map(({ headers }) => headers),
    commands.map(({ origin }) => origin),
  )
  const stock = (await h.events('inventory.events')).filter(({ type }) => type === 'STOCK_CHANGED')
  assert.deepEqual(
    stock.map(({ headers }) => headers),
    [second.origin],
  )
})
