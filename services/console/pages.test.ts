import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { failingConsumer, rejectedOutbox, runningConsole, watchingMonitor } from './consoleHarness.ts'
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
  const [consumer, outbox, browser] = await Promise.all([failingConsumer(t), rejectedOutbox(t), browserOf(t)])
  const monitor = await watchingMonitor(t, consumer, outbox)
  const services = { 'message-processor': consumer, 'relay-test': outbox, monitor }
  const [console] = await Promise.all([
    runningConsole(t, services),
    consumer.send({ content: 'one' }, { content: 'two' }),
    consumer.sendBytes(Buffer.from([0xff, 0xfe])),
  ])
  await outbox.record('order-1')
  await outbox.record('order-1')
  await outbox.record('order-2')
  await console.until('/console/board', ({ groups }) => groups.length === 3 && sumOf(groups) === 6)
  return { consumer, outbox, console, browser }
})

function sumOf(groups: readonly { events: number }[]): number {
  return groups.reduce((sum, { events }) => sum + events, 0)
}

for (const [scheme, width] of [
  ['light', 1_440],
  ['dark', 390],
] as const)
  test(`the pages are accessible and fit, ${scheme} at ${width} px`, { skip }, async (t) => {
    const page = await openPage(t, parts(), '/undelivered', { scheme, width })
    await page.getByRole('link', { name: /ORDER_PLACED/ }).waitFor()
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `board-${scheme}-${width}`)
    await logInOn(page)
    await page.getByRole('link', { name: /message.created/ }).click()
    await page
      .getByRole('button', { name: /^Show content/ })
      .first()
      .click()
    await page.getByRole('region', { name: /^Content of/ }).waitFor()
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `letters-${scheme}-${width}`)
    await page.getByRole('button', { name: 'Redrive the group' }).click()
    await page.getByRole('dialog').getByText('2 events of 2 keys').waitFor()
    await assertAccessible(page)
    await picture(page, `redrive-${scheme}-${width}`)
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /Back to the list/ }).click()
    await page.getByRole('link', { name: /ORDER_PLACED/ }).click()
    await page.getByRole('button', { name: /^Show content order-1/ }).click()
    await page
      .getByRole('region', { name: /^Content of/ })
      .first()
      .waitFor()
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `keys-${scheme}-${width}`)
    await page.getByRole('link', { name: 'Actions' }).click()
    await page.getByRole('heading', { name: 'Actions' }).waitFor()
    await assertAccessible(page)
    await picture(page, `actions-${scheme}-${width}`)
  })

for (const [scheme, width] of [
  ['light', 1_440],
  ['dark', 390],
] as const)
  test(`the overview is accessible and fits, ${scheme} at ${width} px`, { skip }, async (t) => {
    const { console } = parts()
    // A wave of the last ten minutes; what the console samples by itself is left as it is.
    await console.pool.query(
      `insert into sample (at, published_per_second, backlog, oldest_seconds, lag, lag_seconds)
       select date_bin('10 s', now() - make_interval(secs => n * 10), 'epoch'), 100 + 50 * sin(n / 5.0), n, n / 10.0, n, 0
       from generate_series(1, 60) n on conflict do nothing`,
    )
    const page = await openPage(t, parts(), '/', { scheme, width })
    await page.getByRole('rowheader', { name: 'message-processor', exact: true }).waitFor()
    await page.getByRole('figure').filter({ hasText: 'Published now' }).first().waitFor()
    await page.locator('figure canvas').nth(2).waitFor()
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `overview-${scheme}-${width}`)
    await page.getByRole('button', { name: 'Last 6 hours' }).click()
    await page.getByRole('button', { name: 'Last 6 hours', pressed: true }).waitFor()
    await page.getByRole('link', { name: '6 events' }).click()
    await page.getByRole('heading', { name: 'Undelivered' }).waitFor()
  })

test('an event is found by its key, and its trace tells why nothing came of it', { skip }, async (t) => {
  const page = await openPage(t, parts(), '/events', { scheme: 'dark', width: 390, locale: 'es-ES' })
  const button = page.getByRole('button', { name: 'Iniciar sesión' })
  await button.waitFor()
  const { height = 0 } = (await button.boundingBox()) ?? {}
  assert.ok(height > 0 && height < 40, `its text takes one line, of ${height} px`)
  await page.getByLabel('Clave').fill('order-2')
  await page.keyboard.press('Enter')
  await eventually(async () => (await page.getByRole('link', { name: /ORDER_PLACED/ }).count()) === 1)
  await page.getByRole('link', { name: 'ORDER_PLACED order-2' }).waitFor()
  await assertAccessible(page)
  await assertFits(page)
  await picture(page, 'events-dark-390')
  await page.getByRole('link', { name: 'ORDER_PLACED order-2' }).click()
  await page.getByRole('heading', { name: 'Recorrido: ORDER_PLACED' }).waitFor()
  await page.getByText('No se puede publicar').waitFor()
  await page.getByText('El árbol está completo.').waitFor()
  await assertAccessible(page)
  await assertFits(page)
  await picture(page, 'trace-dark-390')
})

test('the audit is shown, and what to do about a difference', { skip }, async (t) => {
  const { outbox } = parts()
  const change = (by: number) =>
    outbox.pool.query('update outbox.stored_cursor set acknowledged = acknowledged - $1 where shard = 3', [
      by,
    ])
  await change(2)
  const page = await openPage(t, parts(), '/audit', { locale: 'es-ES', width: 390 })
  await page.getByRole('alert').getByText('las cuentas no cuadran. Shards: 3.').waitFor()
  await page.getByText('Puede que 2 eventos no estén en Kafka.').waitFor()
  await page.locator('summary', { hasText: 'Shards de relay-test/' }).click()
  await assertAccessible(page)
  await assertFits(page)
  await picture(page, 'audit-difference-es-390')
  await change(-2)
})

test('one key is skipped and a group is redriven, and the relay delivers what is behind', {
  skip,
}, async (t) => {
  const { outbox } = parts()
  const page = await openPage(t, parts(), '/undelivered', { locale: 'es-ES', width: 390 })
  await page.getByRole('heading', { name: 'Sin entregar' }).waitFor()
  assert.equal(await page.getAttribute('html', 'lang'), 'es')
  await page.getByLabel('Idioma').selectOption('en')
  await logInOn(page)
  await page.getByRole('link', { name: /ORDER_PLACED/ }).click()
  await doByKeys(page, { button: 'Skip order-1', note: 'It was a test', confirm: 'Skip' })
  // Behind it is one that is rejected too.
  await page.getByRole('status').getByText('Skip: the relay is asked for 1 key.').waitFor()
  await outbox.until('/quarantine', ({ keys }) =>
    keys.some(
      (each: { key: string; events: number; state: string }) =>
        each.key === 'order-1' && each.events === 1 && each.state === 'quarantined',
    ),
  )
  await outbox.heal()
  await page.getByText('2 events of 2 keys').first().waitFor()
  await page.getByRole('button', { name: 'Redrive the group' }).click()
  await page.getByRole('dialog').getByText('2 events of 2 keys').waitFor()
  await page.getByRole('dialog').getByLabel('Reason').fill('The topic takes larger records now')
  await page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).click()
  await page.getByText('This group has no events any more.').waitFor()
  await outbox.until('/quarantine', ({ count }) => count === 0)
  await outbox.until('/audit', ({ clean }) => clean)
})

test('who is not logged in sees no payload and no action, and a wrong token is told', { skip }, async (t) => {
  const page = await openPage(t, parts(), '/undelivered')
  await page.getByRole('link', { name: /No type/ }).click()
  await page.getByText('Log in to see the content.').waitFor()
  assert.equal(await page.getByRole('button', { name: /Discard|Redrive|Show content/ }).count(), 0)
  await page.getByRole('button', { name: 'Log in' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your name').fill('Eve')
  await dialog.getByLabel('Token').fill('guess')
  await dialog.getByRole('button', { name: 'Log in' }).click()
  await dialog.getByText('What was given is not valid').waitFor()
})

test('a service that is away is named, and the page stays usable', { skip }, async (t) => {
  const { consumer } = parts()
  const page = await openPage(t, parts(), '/undelivered')
  await page.getByRole('heading', { name: 'Undelivered' }).waitFor()
  await consumer.stop()
  await page.getByText('message-processor does not answer just now.').waitFor()
  await page.getByLabel('Appearance').selectOption('dark')
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark')
  await assertAccessible(page)
  await picture(page, 'away-dark-1440')
})
