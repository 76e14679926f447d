import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitUntil } from '@relevo/embedded'
import { forAllTests } from '@relevo/testing'
import { failingConsumer, logInTo, runningConsole } from './consoleHarness.ts'
import {
  assertInEveryLook,
  browserOf,
  chooseIn,
  chromium,
  logInOn,
  openPage,
  pressOn,
  skip,
  typeInto,
} from './pagesHarness.ts'

/** So many that one a second is under way for as long as anybody looks at it. */
const events = 150

const stack = forAllTests(async (t) => {
  const consumer = await failingConsumer(t)
  const console = await runningConsole(t, { 'message-processor': consumer })
  const browser = typeof chromium === 'string' ? undefined : await browserOf(t)
  await consumer.send(...Array.from({ length: events }, (_, n) => ({ content: `message ${n}` })))
  const { groups } = await console.until('/console/board', (board) => board.events === events)
  await consumer.heal()
  return { consumer, console, browser, meant: { source: 'message-processor', group: groups[0].group } }
})

test('the page shows how far a redrive is, and its button stops it', { skip }, async (t) => {
  const { console, browser } = stack()
  assert.ok(browser)
  const watching = await openPage(t, { browser, console }, '/actions')
  await watching.getByText('Nobody has done anything yet').waitFor()
  const page = await openPage(t, { browser, console }, '/undelivered')
  await logInOn(page, 'Hilda')
  await pressOn(page, page.getByRole('link', { name: /message.created/ }))
  await pressOn(page, page.getByRole('button', { name: 'Redrive the group' }))
  const dialog = page.getByRole('dialog')
  await dialog.getByText(`${events} events of ${events} keys`).waitFor()
  await chooseIn(page, dialog.getByRole('combobox'), '1')
  await typeInto(page, dialog.getByLabel('Reason'), 'A few at first')
  await pressOn(page, dialog.getByRole('button', { name: 'Redrive' }))
  await page.getByRole('link', { name: 'Actions' }).click() // behind hundreds of buttons of letters
  const row = page.getByRole('listitem').filter({ hasText: 'A few at first' })
  const bar = row.getByRole('progressbar', { name: new RegExp(`^[1-9]\\d* of ${events}$`) })
  await bar.waitFor()
  const [value, max] = await Promise.all([bar.getAttribute('value'), bar.getAttribute('max')])
  assert.ok(Number(value) > 0 && Number(value) < events, `${value} are done`)
  await watching.getByRole('progressbar').waitFor()
  assert.equal(max, String(events))
  await assertInEveryLook(page, 'progress')
  await pressOn(page, row.getByRole('button', { name: 'Stop it' }))
  await row.getByText('stopped by Hilda').waitFor()
  await row.getByText(/Done: \d+/).waitFor()
  assert.equal(await row.getByRole('progressbar').count(), 0)
  const { done } = (await console.ask('/console/actions')).body.actions[0]
  assert.ok(done > 0 && done < events, `${done} were done`)
})

test('a redrive goes step by step, tells how far it is, stops when it is told to, and is done later', async () => {
  const { console, consumer, meant } = stack()
  const headers = await logInTo(console, 'Gala')
  const before = (await console.ask('/console/actions')).body.actions
  const left = before.reduce((sum: number, { done }: { done: number }) => sum - done, events)
  const begin = (per_second: number) =>
    console.post('/console/letters/redrive', { ...meant, per_second, note: 'healed' }, headers)
  const isDone =
    (id: string) =>
    ({ actions }: { actions: { action_id: string; ended_at: string | null }[] }) =>
      actions.some(({ action_id, ended_at }) => action_id === id && ended_at !== null)

  const slow = await begin(1)
  assert.deepEqual([slow.status, slow.body.done], [200, 0])
  const { action } = slow.body
  await console.until(
    '/console/actions',
    ({ actions }) => actions[0]?.progress > 0 && actions[0].total === left,
  )
  const abort = (with_: Record<string, string>) =>
    console.post(`/console/actions/${action}/abort`, undefined, with_)
  assert.equal((await abort({})).status, 401)
  assert.equal((await abort(headers)).status, 200)
  const { actions } = await console.until('/console/actions', isDone(action))
  const [stopped] = actions
  assert.ok(stopped.done > 0 && stopped.done < left, `${stopped.done} were done`)
  assert.deepEqual([stopped.abort_asked_by, stopped.problem, stopped.meant.per_second], ['Gala', null, 1])
  assert.equal((await abort(headers)).status, 404, 'it is over')

  const rest = await begin(100)
  await console.until('/console/actions', isDone(rest.body.action))
  await console.until('/console/board', (board) => board.events === 0)
  await consumer.until('/stats', ({ held }) => held === 0)
  // The count of what is held is of some seconds ago.
  assert.ok(await waitUntil(async () => (await consumer.messages()).length === events, 30_000))
  const { rows } = await console.pool.query('select sum(done)::int as done from action')
  assert.equal(rows[0].done, events, 'none was redriven twice')
})

test('only a group of dead letters is redriven step by step', async () => {
  const { console, meant } = stack()
  const headers = await logInTo(console)
  const body = { source: meant.source, id: 1, per_second: 5, note: 'x' }
  assert.equal((await console.post('/console/letters/redrive', body, headers)).status, 400)
  const discard = { ...meant, per_second: 5, note: 'x' }
  assert.equal((await console.post('/console/letters/discard', discard, headers)).status, 400)
})
