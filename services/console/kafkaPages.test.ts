import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { runningConsole } from './consoleHarness.ts'
import { filledTopic } from './kafkaHarness.ts'
import {
  assertInEveryLook,
  browserOf,
  chooseIn,
  logInOn,
  openPage,
  pagesOf,
  pressOn,
  skip,
  typeInto,
} from './pagesHarness.ts'

const parts = pagesOf(async (t) => {
  const [kafka, console, browser] = await Promise.all([filledTopic(t), runningConsole(t, {}), browserOf(t)])
  return { ...kafka, console, browser }
})

test('the pages of Kafka in every look, by keyboard alone', { skip }, async (t) => {
  const { topic, group } = parts()
  const page = await openPage(t, parts(), '/kafka')
  await page.getByRole('link', { name: group }).waitFor()
  await assertInEveryLook(page, 'kafka')
  await typeInto(page, page.getByLabel('Find a topic or group'), topic.slice(0, 20))
  await page.getByRole('link', { name: group }).waitFor({ state: 'detached' })
  await logInOn(page)
  await pressOn(page, page.getByRole('link', { name: topic, exact: true }))
  await pressOn(page, page.getByRole('button', { name: 'Read', exact: true }))
  await page.getByText('Read to the end.').waitFor()
  const message = page.getByRole('listitem').filter({ hasText: 'ORDER_PLACED' }).first()
  await pressOn(page, message.locator('summary'))
  await page
    .getByRole('region', { name: /^Content of/ })
    .first()
    .waitFor()
  await pressOn(page, page.getByRole('button', { name: /^Show the \d+ of the brokers/ }))
  await page.getByRole('rowheader', { name: 'min.insync.replicas' }).waitFor()
  await pressOn(page, page.getByRole('button', { name: 'Only what was set for this topic' }))
  await assertInEveryLook(page, 'topic')
})

test('a group that consumes, in every look', { skip }, async (t) => {
  const { topic, consume } = parts()
  const group = await consume(t)
  const page = await openPage(t, parts(), `/kafka/group?group=${group}`)
  await page.getByRole('region', { name: 'Members' }).getByRole('rowheader').waitFor()
  await assertInEveryLook(page, 'consumer-group')
  await pressOn(page, page.getByRole('link', { name: topic }).first())
  await page.getByRole('heading', { name: topic }).waitFor()
})

test('messages are read on from where a bound has stopped the read, by keyboard alone', {
  skip,
}, async (t) => {
  const { topic, keys, sendMore } = parts()
  await sendMore(60)
  const page = await openPage(t, parts(), `/kafka/topic?topic=${topic}`)
  await page.getByRole('region', { name: 'Partitions' }).waitFor()
  await chooseIn(page, page.getByLabel('From'), 'offset')
  await typeInto(page, page.getByLabel('Offset', { exact: true }), '3')
  await typeInto(page, page.getByLabel('Key', { exact: true }), keys[2] ?? '')
  await page.keyboard.press('Enter')
  await page.getByText('Read to the end.').waitFor()
  const rows = page.getByRole('listitem').filter({ hasText: 'ORDER_PLACED' })
  assert.equal(await rows.count(), 1)
  await pressOn(page, page.locator('.extent summary'))
  await page.getByText('Partition 2: offsets 3 to 4 of 4').waitFor()
  await typeInto(page, page.getByLabel('Offset', { exact: true }), '0')
  await typeInto(page, page.getByLabel('Key', { exact: true }), keys[0] ?? '')
  await page.keyboard.press('Enter')
  await eventually(async () => (await rows.count()) === 50)
  await pressOn(page, page.getByRole('button', { name: 'Read on' }))
  await page.getByText('Read to the end.').waitFor()
  assert.equal(await rows.count(), 14)
  assert.equal(await page.getByRole('region', { name: /^Content of/ }).count(), 0, 'nobody is logged in')
})

test('the offsets of an empty group are reset by keyboard, after a look at what that does', {
  skip,
}, async (t) => {
  const { group, topic } = parts()
  const page = await openPage(t, parts(), `/kafka/group?group=${group}`)
  await logInOn(page, 'Flora')
  await pressOn(page, page.getByRole('button', { name: /^Reset offsets/ }))
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Nothing changes.').waitFor()
  assert.ok(await dialog.getByRole('button', { name: 'Reset offsets' }).isDisabled())
  await chooseIn(page, dialog.getByRole('combobox'), 'end')
  await dialog.getByText(/^\d+ messages will never be read\.$/).waitFor()
  await assertInEveryLook(page, 'reset')
  await typeInto(page, dialog.getByLabel('Reason'), 'They were tests')
  await pressOn(page, dialog.getByRole('button', { name: 'Reset offsets' }))
  await page.getByRole('status').getByText('Reset in 3 partitions.').waitFor()
  await page.getByRole('row').filter({ hasText: topic }).first().waitFor()
  await pressOn(page, page.getByRole('link', { name: 'Actions' }))
  const row = page.getByRole('listitem').filter({ hasText: 'They were tests' })
  await row.getByText('by Flora').waitFor()
  await row.getByText('Done: 3').waitFor()
})
