import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import { place, runningOrders } from '../orders/ordersHarness.ts'
import { logInTo, runningConsole, token } from './consoleHarness.ts'

const stack = forAllTests(async (t) => {
  const orders = await runningOrders(t, { OPERATOR_TOKEN: token })
  return { orders, console: await runningConsole(t, { orders }) }
})

/** A saga that waits for the answer to its reservation, by the id of its order. */
async function placed(): Promise<string> {
  const { orders } = stack()
  const id = await place(orders)
  await orders.sent('RESERVE', id)
  return id
}

async function sagaOf(orderId: string): Promise<string> {
  const { sagas } = await stack().console.until(`/console/sagas?key=${orderId}`, ({ count }) => count === 1)
  return sagas[0].id
}

test('sagas are listed by state, and shown with their history and without personal data', async () => {
  const { console } = stack()
  const order = await placed()
  const running = await console.ask(`/console/sagas?status=running&key=${order}`)
  assert.deepEqual([running.body.services, running.body.count], [['orders'], 1])
  assert.equal((await console.ask(`/console/sagas?status=completed&key=${order}`)).body.count, 0)
  const { service, id, step } = running.body.sagas[0]
  assert.deepEqual([service, step], ['orders', 'reserve'])

  const path = `/console/saga?service=orders&id=${id}`
  const { body: seen } = await console.ask(path)
  assert.deepEqual([seen.data, seen.history.at(-1).detail], [null, null])
  assert.deepEqual(
    [seen.steps.reserve, seen.history.at(-1).kind],
    [{ status: 'outstanding', attempts: 1 }, 'sent'],
  )
  const { body: whole } = await console.ask(path, { headers: await logInTo(console) })
  const { order: data } = JSON.parse(whole.data)
  assert.deepEqual([data.customer_name, data.customer_email], ['•••', '•••'])
  assert.equal(JSON.parse(whole.history.at(-1).detail).type, 'RESERVE')
})

test('an operator has a saga compensated, which is noted in it and here', async () => {
  const { console, orders } = stack()
  const headers = await logInTo(console, 'Dora')
  const order = await placed()
  const id = await sagaOf(order)
  const body = { service: 'orders', id, note: 'The customer has called' }
  assert.equal((await console.post('/console/sagas/compensate', body)).status, 401)
  assert.equal((await console.post('/console/sagas/compensate', body, headers)).status, 200)
  await orders.sent('RELEASE', order)
  await orders.reply('RELEASE', order, 'RELEASED')
  await console.until(`/console/saga?service=orders&id=${id}`, ({ status }) => status === 'compensated')
  await orders.has(order, 'CANCELLED')

  const late = await console.post('/console/sagas/retry', body, headers)
  assert.equal(late.status, 409)
  const [refused, done] = (await console.ask('/console/actions?limit=2')).body.actions
  assert.deepEqual(
    [done.asked_by, done.deed, done.target, done.meant, done.done],
    ['Dora', 'compensate', 'orders', { saga: id }, 1],
  )
  assert.deepEqual([refused.deed, refused.done], ['retry', null])
  assert.match(refused.problem, /^orders: /)
})

test('a saga is given up, and a service without sagas or an unknown saga is not found', async () => {
  const { console } = stack()
  const headers = await logInTo(console)
  const id = await sagaOf(await placed())
  const give = (service: string, saga: string) =>
    console.post('/console/sagas/give-up', { service, id: saga, note: 'It was a test' }, headers)
  assert.equal((await give('orders', id)).status, 200)
  await console.until(`/console/saga?service=orders&id=${id}`, ({ status }) => status === 'givenUp')
  assert.equal((await give('nobody', id)).status, 404)
  assert.equal((await give('orders', randomUUID())).status, 404)
  assert.equal((await console.ask(`/console/sagas?service=nobody`)).status, 404)
})
