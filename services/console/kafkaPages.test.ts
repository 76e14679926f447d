import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runningConsole } from './consoleHarness.ts'
import { filledTopic } from './kafkaHarness.ts'
import {
  assertAccessible,
  assertFits,
  browserOf,
  logInOn,
  openPage,
  pagesOf,
  picture,
  skip,
  tabTo,
} from './pagesHarness.ts'

const parts = pagesOf(async (t) => {
  const [kafka, console, browser] = await Promise.all([filledTopic(t), runningConsole(t, {}), browserOf(t)])
  return { ...kafka, console, browser }
})

for (const [scheme, width] of [
  ['light', 1_440],
  ['dark', 390],
] as const)
  test(`the pages of Kafka are accessible and fit, ${scheme} at ${width} px`, { skip }, async (t) => {
    const { topic, group } = parts()
    const page = await openPage(t, parts(), '/kafka', { scheme, width })
    await page.getByRole('link', { name: group }).waitFor()
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `kafka-${scheme}-${width}`)
    await page.getByLabel('Find a topic or group').fill(topic.slice(0, 20))
    await page.getByRole('link', { name: group }).waitFor({ state: 'detached' })
    await logInOn(page)
    await page.getByRole('link', { name: topic, exact: true }).click()
    await page.getByRole('button', { name: 'Read', exact: true }).click()
    await page.getByText('Read to the end.').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'ORDER_PLACED' }).first().locator('summary').click()
    await page
      .getByRole('region', { name: /^Content of/ })
      .first()
      .waitFor()
    await assertAccessible(page)
    await assertFits(page)
    await picture(page, `topic-${scheme}-${width}`)
  })

test('messages are read on from where a bound has stopped the read', { skip }, async (t) => {
  const { topic, keys } = parts()
  const page = await openPage(t, parts(), `/kafka/topic?topic=${topic}`)
  await page.getByLabel('From').selectOption('offset')
  await page.getByLabel('Offset', { exact: true }).fill('3')
  await page.getByLabel('Key', { exact: true }).fill(keys[2] ?? '')
  await page.getByRole('button', { name: 'Read', exact: true }).click()
  await page.getByText('Read to the end.').waitFor()
  assert.equal(await page.getByRole('listitem').filter({ hasText: 'ORDER_PLACED' }).count(), 1)
  await page.getByText('Partitions', { exact: true }).first().click()
  await page.getByText('Partition 2: offsets 3 to 4 of 4').waitFor()
  assert.equal(await page.getByRole('region', { name: /^Content of/ }).count(), 0, 'nobody is logged in')
})

test('the offsets of an empty group are reset by keyboard, after a look at what that does', {
  skip,
}, async (t) => {
  const { group } = parts()
  const page = await openPage(t, parts(), `/kafka/group?group=${group}`)
  await logInOn(page, 'Flora')
  await tabTo(page, page.getByRole('button', { name: /^Reset offsets/ }))
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Nothing changes.').waitFor()
  assert.ok(await dialog.getByRole('button', { name: 'Reset offsets' }).isDisabled())
  await page.keyboard.press('ArrowDown')
  await dialog.getByText('12 messages will never be read.').waitFor()
  await assertAccessible(page)
  await picture(page, 'reset-light-1440')
  await page.keyboard.press('Tab')
  await page.keyboard.type('They were tests')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('Reset in 3 partitions.').waitFor()
  await page.getByRole('link', { name: 'Actions' }).click()
  const row = page.getByRole('listitem').filter({ hasText: 'They were tests' })
  await row.getByText('by Flora').waitFor()
  await row.getByText('Done: 3').waitFor()
})
