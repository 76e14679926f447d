import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { freePort, temporaryDirectory, waitUntil } from '@relevo/embedded'
import { startAll } from './local.ts'

const directory = temporaryDirectory()
let service: Awaited<ReturnType<typeof startAll>>

before(async () => {
  service = await startAll({ directory, port: await freePort(), print: console.log })
})

after(async () => {
  await service?.stop()
  rmSync(directory, { recursive: true, force: true })
})

function placeOrder(body: object, key: string = randomUUID()): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  return fetch(`${service.url}/orders`, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function invoicesOf(wanted: string): Promise<unknown[]> {
  const answer = await fetch(`${service.url}/invoices`)
  const { invoices } = (await answer.json()) as { invoices: { orderId: string }[] }
  return invoices.filter(({ orderId }) => orderId === wanted)
}

test('an order becomes one invoice, by way of Kafka, however often it is sent', async () => {
  const key = randomUUID()
  const answers = [
    await placeOrder({ customer: 'Ada', cents: 1250 }, key),
    await placeOrder({ customer: 'Ada', cents: 1250 }, key),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201],
  )
  const [first, second] = (await Promise.all(answers.map((answer) => answer.json()))) as {
    orderId: string
  }[]
  assert.ok(first)
  assert.deepEqual(second, first)
  const arrived = await waitUntil(async () => (await invoicesOf(first.orderId)).length > 0, 30_000)
  assert.ok(arrived, 'no invoice within 30 s')
  assert.deepEqual(await invoicesOf(first.orderId), [
    { orderId: first.orderId, customer: 'Ada', cents: 1250 },
  ])
})

test('an order that is refused leaves nothing behind', async () => {
  const answer = await placeOrder({ customer: 'Ada', cents: -1 })
  assert.equal(answer.status, 400)
})
