import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { confirmedSale, place, runningOrders } from '../orders/ordersHarness.ts'
import { runningConsole, token } from './consoleHarness.ts'
import {
  assertAccessible,
  assertFits,
  browserOf,
  doByKeys,
  logInOn,
  openPage,
  pagesOf,
  picture,
  skip,
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

for (const [scheme, width] of [
  ['light', 1_440],
  ['dark', 390],
] as const)
  test(`sagas are accessible and fit, ${scheme} at ${width} px`, { skip }, async (t) => {
    const { sold } = parts()
    const page = await openPage(t, parts(), '/sagas', { scheme, width })
    await page.getByRole('link', { name: sold }).waitFor()
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `sagas-${scheme}-${width}`)
    await page.getByLabel('State').selectOption('completed')
    await page.getByRole('link', { name: sold }).click()
    await page.getByRole('img', { name: /reserve: done.*charge: done.*commit: done/ }).waitFor()
    assert.deepEqual(await struckLabels(page), [])
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `saga-${scheme}-${width}`)
  })

test('a saga is compensated, and its page shows how it is undone', { skip }, async (t) => {
  const { orders, waiting } = parts()
  const page = await openPage(t, parts(), '/sagas?status=running')
  await logInOn(page, 'Dora')
  await page.getByRole('link', { name: waiting }).click()
  await page.getByText('Waits for reserve').waitFor()
  assert.ok((await page.locator('pre').textContent())?.includes('"customer_email": "•••"'))
  const note = 'The customer has called'
  await doByKeys(page, { button: 'Compensate', note, confirm: 'Compensate' })
  await page.getByText('Undoes reserve').waitFor()
  await orders.sent('RELEASE', waiting)
  await orders.reply('RELEASE', waiting, 'RELEASED')
  await page.getByRole('img', { name: /reserve: undone/ }).waitFor()
  await page.getByText('Compensated', { exact: true }).first().waitFor()
  await assertAccessible(page)
  assert.deepEqual(await struckLabels(page), [])
  await picture(page, 'saga-undone-light-1440')
  await page.getByRole('link', { name: 'Actions' }).click()
  await page
    .getByRole('listitem')
    .filter({ hasText: 'The customer has called' })
    .getByText('Done: 1')
    .waitFor()
})
