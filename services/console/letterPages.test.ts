// What operators do about dead letters, each by keyboard alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { failingConsumer, runningConsole } from './consoleHarness.ts'
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
  typeInto,
} from './pagesHarness.ts'

const parts = pagesOf(async (t) => {
  const [consumer, browser] = await Promise.all([failingConsumer(t), browserOf(t)])
  const console = await runningConsole(t, { 'message-processor': consumer })
  await consumer.send({ content: 'one' }, { content: 'two' })
  await consumer.sendBytes(Buffer.from([0xff, 0xfe]))
  await console.until('/console/board', ({ groups, events }) => groups.length === 2 && events === 3)
  return { consumer, console, browser }
})

test('a group is archived by keyboard alone, found by the filter, and put back', { skip }, async (t) => {
  const page = await openPage(t, parts(), '/undelivered')
  await logInOn(page, 'Clara')
  await pressOn(page, page.getByRole('link', { name: /message.created/ }))
  const note = 'The supplier is gone'
  await doByKeys(page, { button: 'Archive the group', note, confirm: 'Archive' })
  await page.getByRole('status').getByText('Archive: 2.').waitFor()
  await page.getByText('This group has no events any more.').waitFor()
  await pressOn(page, page.getByRole('link', { name: /Back to the list/ }))
  await page.getByRole('link', { name: /No type/ }).waitFor()
  assert.equal(await page.getByRole('link', { name: /message.created/ }).count(), 0)
  await chooseIn(page, page.getByLabel('State'), 'archived')
  await page.getByText('are kept until somebody puts them back').waitFor()
  await page.getByRole('link', { name: /message.created/ }).waitFor()
  await assertInEveryLook(page, 'archived')
  await pressOn(page, page.getByRole('link', { name: /message.created/ }))
  await page.getByText(note).first().waitFor()
  await assertInEveryLook(page, 'archived-group')
  const confirm = 'Put back on the list'
  await doByKeys(page, { button: confirm, note: 'There is another one', confirm })
  await page.getByRole('status').getByText('Put back on the list: 2.').waitFor()
  await pressOn(page, page.getByRole('link', { name: /^Undelivered/ }))
  await page.getByRole('link', { name: /message.created/ }).waitFor()
})

test('of a group one letter is archived and one discarded, by keyboard alone', {
  skip,
}, async (t) => {
  const { consumer, console } = parts()
  const [archived, discarded] = await consumer.send({ content: 'three' }, { content: 'four' })
  await console.until('/console/board', ({ events }) => events === 5)
  const page = await openPage(t, parts(), '/undelivered')
  await logInOn(page, 'Carla')
  await pressOn(page, page.getByRole('link', { name: /message.created/ }))
  const archive = new RegExp(`^Archive ${archived}`)
  await doByKeys(page, {
    button: archive,
    note: 'For later',
    confirm: 'Archive',
    preview: '1 event of 1 key',
  })
  await page.getByRole('status').getByText('Archive: 1.').waitFor()
  await page.getByText('3 events').first().waitFor()
  const discard = new RegExp(`^Discard ${discarded}`)
  await doByKeys(page, { button: discard, note: 'It was a test', confirm: 'Discard' })
  await page.getByRole('status').getByText('Discard: 1.').waitFor()
  await page.getByText('2 events').first().waitFor()
  for (const [state, id] of [
    ['archived', archived],
    ['discarded', discarded],
  ] as const) {
    const { body } = await consumer.ask(`/dead-letters?state=${state}`)
    assert.deepEqual(
      body.dead_letters.map(({ event_id }: { event_id: string }) => event_id),
      [id],
    )
  }
  await pressOn(page, page.getByRole('link', { name: /Back to the list/ }))
  await chooseIn(page, page.getByLabel('State'), 'discarded')
  await pressOn(page, page.getByRole('link', { name: /message.created/ }))
  await page.getByText('It was a test').waitFor()
  await assertInEveryLook(page, 'discarded-group')
})

test('one letter is redriven, then its group, by keyboard alone, takes effect, and is noted', {
  skip,
}, async (t) => {
  const { consumer, console } = parts()
  await consumer.heal()
  const page = await openPage(t, parts(), '/undelivered')
  await logInOn(page, 'Berta')
  await pressOn(page, page.getByRole('link', { name: /message.created/ }))
  await doByKeys(page, { button: /^Redrive \S+-/, note: 'A try', confirm: 'Redrive' })
  await page.getByRole('status').getByText('Redrive: 1.').waitFor()
  await page.getByText('1 event').first().waitFor()
  const [note, preview] = ['The stock is there again', '1 event of 1 key']
  await doByKeys(page, { button: 'Redrive the group', note, confirm: 'Redrive', preview })
  await page.getByText('This group has no events any more.').waitFor()
  await eventually(
    () => page.evaluate(`document.activeElement === document.querySelector('h1')`),
    'the button is gone, and the focus is at the title',
  )
  await eventually(async () => (await consumer.messages()).length === 2)
  await pressOn(page, page.getByRole('link', { name: 'Actions' }))
  const row = page.getByRole('listitem').filter({ hasText: 'The stock is there again' })
  await row.getByText('Done: 1').waitFor()
  await row.getByText('by Berta').waitFor()
  const { rows } = await console.pool.query(
    `select type, payload ->> 'by' as by, (payload ->> 'done')::int as done from outbox.event order by id`,
  )
  assert.deepEqual(rows.slice(-2), [
    { type: 'OPERATOR_ASKED', by: 'Berta', done: null },
    { type: 'OPERATOR_ACTED', by: null, done: 1 },
  ])
})

test('a record without an id is discarded, since it cannot be redriven', { skip }, async (t) => {
  const { consumer } = parts()
  const page = await openPage(t, parts(), '/undelivered')
  await logInOn(page)
  await pressOn(page, page.getByRole('link', { name: /No type/ }))
  await pressOn(page, page.getByRole('button', { name: 'Redrive the group' }))
  await page.getByText('There is nothing to do it with.').waitFor()
  assert.ok(await page.getByRole('dialog').getByRole('button', { name: 'Redrive' }).isDisabled())
  await page.keyboard.press('Escape')
  const note = 'It was never an event'
  await doByKeys(page, { button: 'Discard the group', note, confirm: 'Discard' })
  await page.getByText('This group has no events any more.').waitFor()
  const { body } = await consumer.ask('/dead-letters?state=discarded')
  const notes = body.dead_letters.map(({ note: noted }: { note: string }) => noted)
  assert.deepEqual(notes.toSorted(), ['It was a test', 'It was never an event'])
})

test('a dead letter is replaced by an edited copy, by keyboard alone, once its consumer would take it', {
  skip,
}, async (t) => {
  const { consumer, console } = parts()
  const [eventId] = await consumer.send({ content: '' })
  const page = await openPage(t, parts(), '/undelivered')
  await logInOn(page, 'Dora')
  await pressOn(page, page.getByRole('link', { name: /schemaViolation/ }))
  await pressOn(page, page.getByRole('button', { name: /^Replace by an edited copy/ }))
  const dialog = page.getByRole('dialog')
  const payload = dialog.getByLabel('Payload')
  await eventually(async () => (await payload.inputValue()).includes('"content"'))
  const confirm = dialog.getByRole('button', { name: 'Replace', exact: true })
  const check = () => pressOn(page, dialog.getByRole('button', { name: 'Check it' }))
  await check()
  await dialog
    .getByRole('alert')
    .getByText(/schemaViolation: content/)
    .waitFor()
  assert.ok(await confirm.isDisabled())
  await typeInto(page, payload, '{"content": "Hola"}')
  await check()
  await dialog.getByText(`New event message.created of key ${eventId}`).waitFor()
  await assertInEveryLook(page, 'replace')
  await typeInto(page, dialog.getByLabel('Reason'), 'It was empty')
  await pressOn(page, confirm)
  await page
    .getByRole('status')
    .getByText(/^Replaced by event/)
    .waitFor()
  await eventually(async () => (await consumer.messages()).some(({ content }) => content === 'Hola'))
  const { body } = await consumer.ask(`/dead-letters?state=discarded&event_id=${eventId}`)
  const [{ note, replaced_by }] = body.dead_letters
  const { rows } = await consumer.pool.query('select event_id from messages where content = $1', ['Hola'])
  assert.deepEqual([note, replaced_by], ['It was empty', rows[0].event_id])
  const [noted] = (await console.ask('/console/actions')).body.actions
  assert.deepEqual([noted.deed, noted.asked_by, noted.done], ['replace', 'Dora', 1])
})
