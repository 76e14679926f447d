import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { confirmedSale, place, runningOrders } from '../orders/ordersHarness.ts'
import { runningConsole, token } from './consoleHarness.ts'
import {
  assertInEveryLook,
  browserOf,
  chooseIn,
  doByKeys,
  logInOn,
  openPage,
  pagesOf,
  pressOn,
  skip,
  tabTo,
} from './pagesHarness.ts'

const parts = pagesOf(async (t) => {
  const orders = await runningOrders(t, { OPERATOR_TOKEN: token })
  const [console, browser] = await Promise.all([runningConsole(t, { orders }), browserOf(t)])
  const sold = await confirmedSale(orders)
  const waiting = await place(orders)
  await orders.sent('RESERVE', waiting)
  return { orders, console, browser, sold, waiting }
})

/** The labels of the diagram that an arrow runs through. */
function struckLabels(page: Page): Promise<string[]> {
  return page.evaluate(`
    const arrows = [...document.querySelectorAll('.saga .arrow')]
    const points = arrows.flatMap((arrow) => {
      const length = arrow.getTotalLength()
      return Array.from({ length: Math.ceil(length) + 1 }, (_, n) => arrow.getPointAtLength(Math.min(n, length)))
    })
    if (points.length < 100) throw new Error('the diagram has no arrows')
    const isIn = ({ x, y, width, height }) => (point) =>
      point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height
    const labels = [...document.querySelectorAll('.saga .name, .saga .detail')]
    labels.filter((label) => points.some(isIn(label.getBBox()))).map((label) => label.textContent)`)
}

test('sagas are found by their state, by keyboard alone, and shown in every look', { skip }, async (t) => {
  const { sold, waiting } = parts()
  const page = await openPage(t, parts(), '/sagas')
  const link = (name: string) => page.getByRole('link', { name })
  await link(sold).waitFor()
  await assertInEveryLook(page, 'sagas')
  await chooseIn(page, page.getByLabel('State'), 'running')
  await link(waiting).waitFor()
  await link(sold).waitFor({ state: 'detached' })
  await tabTo(page, page.getByLabel('Stuck ones only'))
  await page.keyboard.press('Space')
  await page.getByText('There is none.').waitFor()
  await page.keyboard.press('Space')
  await chooseIn(page, page.getByLabel('State'), 'completed')
  await pressOn(page, link(sold))
  await page.getByRole('img', { name: /reserve: done.*charge: done.*commit: done/ }).waitFor()
  assert.deepEqual(await struckLabels(page), [])
  await assertInEveryLook(page, 'saga')
  await pressOn(page, page.getByRole('link', { name: /Back to the sagas/ }))
  await page.getByRole('heading', { name: 'Sagas' }).waitFor()
})

/** Logs in, and goes to the page of the saga of this order. */
async function openSaga(t: Parameters<typeof openPage>[0], order: string, name: string) {
  const page = await openPage(t, parts(), '/sagas?status=running')
  await logInOn(page, name)
  await pressOn(page, page.getByRole('link', { name: order }))
  await page.getByText('Waits for reserve').waitFor()
  return page
}

async function assertNoted(page: Page, note: string) {
  await pressOn(page, page.getByRole('link', { name: 'Actions' }))
  await page.getByRole('listitem').filter({ hasText: note }).getByText('Done: 1').waitFor()
}

test('a saga is compensated, and its page shows how it is undone', { skip }, async (t) => {
  const { orders, waiting } = parts()
  const page = await openSaga(t, waiting, 'Dora')
  assert.ok((await page.locator('pre').textContent())?.includes('"customer_email": "•••"'))
  const note = 'The customer has called'
  await pressOn(page, page.getByRole('button', { name: 'Compensate' }))
  await page.getByRole('dialog').waitFor()
  await assertInEveryLook(page, 'compensate')
  await page.keyboard.press('Escape')
  await doByKeys(page, { button: 'Compensate', note, confirm: 'Compensate' })
  await page.getByText('Undoes reserve').waitFor()
  await orders.sent('RELEASE', waiting)
  await orders.reply('RELEASE', waiting, 'RELEASED')
  await page.getByRole('img', { name: /reserve: undone/ }).waitFor()
  await page.getByText('Compensated', { exact: true }).first().waitFor()
  assert.deepEqual(await struckLabels(page), [])
  await assertInEveryLook(page, 'saga-undone')
  await assertNoted(page, note)
})

test('the step that a saga waits for is retried by keyboard alone', { skip }, async (t) => {
  const { orders } = parts()
  const order = await place(orders)
  await orders.sent('RESERVE', order)
  const page = await openSaga(t, order, 'Elsa')
  const note = 'The stock is there again'
  await doByKeys(page, { button: 'Retry the step', note, confirm: 'Retry the step' })
  await page.getByRole('status').getByText('Retry the step: asked for.').waitFor()
  const line = page.getByRole('listitem').filter({ hasText: 'Asked for reserve, attempt 2' })
  await line.waitFor()
  await page.getByText(note).waitFor()
  await assertNoted(page, note)
})

test('a saga is given up by keyboard alone, and nothing can be done with it any more', {
  skip,
}, async (t) => {
  const { orders } = parts()
  const order = await place(orders)
  await orders.sent('RESERVE', order)
  const page = await openSaga(t, order, 'Fina')
  const note = 'It was a test'
  await doByKeys(page, { button: 'Give up', note, confirm: 'Give up' })
  await page.getByText('Given up', { exact: true }).first().waitFor()
  assert.equal(await page.getByRole('button', { name: /Retry|Compensate|Give up/ }).count(), 0)
  await assertNoted(page, note)
})
