import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import { eventually } from '@relevo/testing'
import { failingConsumer, rejectedOutbox, runningConsole, watchingMonitor } from './consoleHarness.ts'
import {
  assertInEveryLook,
  browserOf,
  chooseIn,
  logInOn,
  openPage,
  pagesOf,
  pressOn,
  skip,
  tabTo,
  typeInto,
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

test('what is undelivered, its groups and their contents, in every look', { skip }, async (t) => {
  const page = await openPage(t, parts(), '/undelivered')
  await page.getByRole('link', { name: /ORDER_PLACED/ }).waitFor()
  await assertInEveryLook(page, 'undelivered')
  await logInOn(page)
  await pressOn(page, page.getByRole('link', { name: /message.created/ }))
  await pressOn(page, page.getByRole('button', { name: /^Show content/ }).first())
  await page.getByRole('region', { name: /^Content of/ }).waitFor()
  await assertInEveryLook(page, 'letters')
  await pressOn(page, page.getByRole('button', { name: /^Hide content/ }))
  await page.getByRole('region', { name: /^Content of/ }).waitFor({ state: 'detached' })
  await pressOn(page, page.getByRole('button', { name: 'Redrive the group' }))
  await page.getByRole('dialog').getByText('2 events of 2 keys').waitFor()
  await assertInEveryLook(page, 'redrive')
  await page.keyboard.press('Escape')
  await pressOn(page, page.getByRole('link', { name: /Back to the list/ }))
  await pressOn(page, page.getByRole('link', { name: /ORDER_PLACED/ }))
  await pressOn(page, page.getByRole('button', { name: /^Show content order-1/ }))
  await page
    .getByRole('region', { name: /^Content of/ })
    .first()
    .waitFor()
  await assertInEveryLook(page, 'keys')
})

test('the overview, in every look, and its charts over hours and a day', { skip }, async (t) => {
  const { console } = parts()
  // A wave of the last ten minutes; what the console samples by itself is left as it is.
  await console.pool.query(
    `insert into sample (at, published_per_second, backlog, oldest_seconds, lag, lag_seconds)
     select date_bin('10 s', now() - make_interval(secs => n * 10), 'epoch'), 100 + 50 * sin(n / 5.0), n, n / 10.0, n, 0
     from generate_series(1, 60) n on conflict do nothing`,
  )
  const page = await openPage(t, parts(), '/')
  await page.getByRole('rowheader', { name: 'message-processor', exact: true }).waitFor()
  await page.getByRole('figure').filter({ hasText: 'Published now' }).first().waitFor()
  await page.locator('figure canvas').nth(2).waitFor()
  await assertInEveryLook(page, 'overview')
  for (const name of ['Last 6 hours', 'Last day']) {
    await pressOn(page, page.getByRole('button', { name }))
    await page.getByRole('button', { name, pressed: true }).waitFor()
  }
  await pressOn(page, page.getByRole('link', { name: '6 events' }))
  await page.getByRole('heading', { name: 'Undelivered' }).waitFor()
})

test('an event is found by keyboard alone, and its trace tells why nothing came of it', {
  skip,
}, async (t) => {
  const page = await openPage(t, parts(), '/events', { locale: 'es-ES' })
  await page.setViewportSize({ width: 390, height: 900 })
  const button = page.getByRole('button', { name: 'Iniciar sesión' })
  await button.waitFor()
  const { height = 0 } = (await button.boundingBox()) ?? {}
  assert.ok(height > 0 && height < 40, `its text takes one line, of ${height} px`)
  await logInOn(page)
  await typeInto(page, page.getByLabel('Clave'), 'order-2')
  await page.keyboard.press('Enter')
  await eventually(async () => (await page.getByRole('link', { name: /ORDER_PLACED/ }).count()) === 1)
  const link = page.getByRole('link', { name: 'ORDER_PLACED order-2' })
  await link.waitFor()
  await assertInEveryLook(page, 'events')
  await pressOn(page, link)
  await page.getByRole('heading', { name: 'Recorrido: ORDER_PLACED' }).waitFor()
  await page.getByText('No se puede publicar').waitFor()
  await page.getByText('El árbol está completo.').waitFor()
  await pressOn(page, page.locator('summary'))
  await page.getByRole('region', { name: /^Contenido de/ }).waitFor()
  await assertInEveryLook(page, 'trace')
})

test('older events are reached by keyboard alone, page by page', { skip }, async (t) => {
  const { outbox } = parts()
  const { topic } = outbox
  await enqueue(
    outbox.pool,
    Array.from({ length: 30 }, (_, n) => ({ topic, key: 'many', type: 'NOTE_TAKEN', payload: { n } })),
  )
  const page = await openPage(t, parts(), '/events?type=NOTE_TAKEN')
  const links = page.getByRole('link', { name: 'NOTE_TAKEN many' })
  await eventually(async () => (await links.count()) === 25)
  await pressOn(page, page.getByRole('button', { name: 'Search further back' }))
  await eventually(async () => (await links.count()) === 30)
})

test('the audit, in every look, and what to do about a difference', { skip }, async (t) => {
  const { outbox } = parts()
  const change = (by: number) =>
    outbox.pool.query('update outbox.stored_cursor set acknowledged = acknowledged - $1 where shard = 3', [
      by,
    ])
  await change(2)
  const page = await openPage(t, parts(), '/audit', { locale: 'es-ES' })
  await page.getByRole('alert').getByText('las cuentas no cuadran. Shards: 3.').waitFor()
  await page.getByText('Puede que 2 eventos no estén en Kafka.').waitFor()
  await pressOn(page, page.locator('summary', { hasText: 'Shards de relay-test/' }))
  await page.getByRole('region', { name: 'Shards de relay-test/' }).waitFor()
  await assertInEveryLook(page, 'audit')
  await change(-2)
})

test('every page is reached by keyboard alone, and so are the language, the appearance and the log-out', {
  skip,
}, async (t) => {
  const page = await openPage(t, parts(), '/undelivered')
  await logInOn(page, 'Nora')
  const focused = (what: string) =>
    page.evaluate(`document.activeElement === document.querySelector('${what}')`)
  for (const name of ['Overview', /^Undelivered/, 'Events', 'Sagas', 'Kafka', 'Audit', 'Actions']) {
    const link = page.getByRole('navigation').getByRole('link', { name })
    await pressOn(page, link)
    await page.getByRole('heading', { level: 1, name }).or(page.locator('h1.verdict')).first().waitFor()
    await eventually(() => focused('h1'), 'who hears the page hears its title')
    assert.equal(await link.getAttribute('aria-current'), 'page')
  }
  await pressOn(page, page.getByRole('link', { name: 'Skip to content' }))
  await eventually(
    () => page.evaluate(`Boolean(document.activeElement.closest('main'))`),
    'the menu is behind',
  )
  await chooseIn(page, page.getByLabel('Appearance'), 'dark')
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark')
  await chooseIn(page, page.getByLabel('Appearance'), 'system')
  const language = page.locator('header select').first() // its name is in its language
  await chooseIn(page, language, 'es')
  await page.getByRole('heading', { name: 'Acciones' }).waitFor()
  await chooseIn(page, language, 'en')
  await pressOn(page, page.getByRole('button', { name: 'Log out' }))
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  assert.deepEqual(await page.context().cookies(), [])
})

test('a page that there is not says so, in every look', { skip }, async (t) => {
  const page = await openPage(t, parts(), '/saga')
  await page.getByRole('heading', { name: 'There is no such page.' }).waitFor()
  await assertInEveryLook(page, 'not-found')
})

test('who is not logged in sees no payload and no action, and a wrong token is told', { skip }, async (t) => {
  const page = await openPage(t, parts(), '/undelivered')
  await pressOn(page, page.getByRole('link', { name: /No type/ }))
  await page.getByText('Log in to see the content.').waitFor()
  assert.equal(await page.getByRole('button', { name: /Discard|Redrive|Show content/ }).count(), 0)
  await pressOn(page, page.getByRole('button', { name: 'Log in' }))
  const dialog = page.getByRole('dialog')
  await typeInto(page, dialog.getByLabel('Your name'), 'Eve')
  await typeInto(page, dialog.getByLabel('Token'), 'guess')
  await pressOn(page, dialog.getByRole('button', { name: 'Log in' }))
  await dialog.getByText('What was given is not valid').waitFor()
  await assertInEveryLook(page, 'log-in')
  await pressOn(page, dialog.getByRole('button', { name: 'Cancel' }))
  await tabTo(page, page.getByRole('button', { name: 'Log in' }))
})

test('a service that is away is named, in every look, and the page stays usable', { skip }, async (t) => {
  const { consumer } = parts()
  const page = await openPage(t, parts(), '/undelivered')
  await page.getByRole('heading', { name: 'Undelivered' }).waitFor()
  await consumer.stop()
  await page.getByText('message-processor does not answer just now.').waitFor()
  await assertInEveryLook(page, 'away')
  await pressOn(page, page.getByRole('link', { name: /ORDER_PLACED/ }))
  await page.getByRole('heading', { name: 'ORDER_PLACED' }).waitFor()
})
