// What operators do about quarantined keys, each by keyboard alone.
import { test } from 'node:test'
import { rejectedOutbox, runningConsole } from './consoleHarness.ts'
import {
  assertInEveryLook,
  browserOf,
  doByKeys,
  logInOn,
  openPage,
  pagesOf,
  pressOn,
  skip,
} from './pagesHarness.ts'

const parts = pagesOf(async (t) => {
  const [outbox, browser] = await Promise.all([rejectedOutbox(t), browserOf(t)])
  const console = await runningConsole(t, { 'relay-test': outbox })
  return { outbox, console, browser }
})

interface Key {
  readonly key: string
  readonly events: number
  readonly state: string
}

/** Records an event of each key, which Kafka rejects, and goes to their group. */
async function openGroup(t: Parameters<typeof openPage>[0], ...keys: readonly string[]) {
  const { outbox } = parts()
  for (const key of keys) await outbox.record(key)
  await quarantined(...keys)
  const page = await openPage(t, parts(), '/undelivered')
  await logInOn(page)
  await pressOn(page, page.getByRole('link', { name: /ORDER_PLACED/ }))
  const count = new Set(keys).size
  await page.getByText(`${keys.length} events of ${count} keys`).first().waitFor()
  return page
}

/** Exactly these keys are in quarantine, once for each event that waits. */
async function quarantined(...keys: readonly string[]) {
  await parts().outbox.until('/quarantine', ({ keys: found }: { keys: Key[] }) => {
    const waiting = found.filter(({ state }) => state === 'quarantined')
    return (
      waiting
        .flatMap(({ key, events }) => Array(events).fill(key))
        .sort()
        .join() === [...keys].sort().join()
    )
  })
}

test('one key is skipped, which quarantines it again for what is behind, and another is discarded', {
  skip,
}, async (t) => {
  const page = await openGroup(t, 'order-1', 'order-1', 'order-2', 'order-3', 'order-3')
  await doByKeys(page, { button: 'Skip order-1', note: 'It was a test', confirm: 'Skip' })
  await page.getByRole('status').getByText('Skip: the relay is asked for 1 key.').waitFor()
  await quarantined('order-1', 'order-2', 'order-3', 'order-3')
  await doByKeys(page, { button: 'Discard order-3', note: 'Both were tests', confirm: 'Discard' })
  await page.getByRole('status').getByText('Discard: the relay is asked for 1 key.').waitFor()
  await quarantined('order-1', 'order-2')
  await page.getByText('2 events of 2 keys').first().waitFor()
  const [note, preview] = ['They were never orders', '2 events of 2 keys']
  await doByKeys(page, { button: 'Discard the group', note, confirm: 'Discard', preview })
  await page.getByText('This group has no events any more.').waitFor()
  await quarantined()
})

test('the rejected events of a group are skipped', { skip }, async (t) => {
  const page = await openGroup(t, 'order-4', 'order-5')
  const [note, preview] = ['Nobody waits for them', '2 events of 2 keys']
  await doByKeys(page, { button: 'Skip in the group', note, confirm: 'Skip', preview })
  await page.getByText('This group has no events any more.').waitFor()
  await quarantined()
})

test('one key is redriven, then a group, and the relay delivers what is behind', { skip }, async (t) => {
  const { outbox } = parts()
  const page = await openGroup(t, 'order-6', 'order-7', 'order-8', 'order-8')
  await outbox.heal()
  await doByKeys(page, { button: 'Redrive order-6', note: 'A try', confirm: 'Redrive' })
  await quarantined('order-7', 'order-8', 'order-8')
  await page.getByText('3 events of 2 keys').first().waitFor()
  const [note, preview] = ['The topic takes larger records now', '3 events of 2 keys']
  await doByKeys(page, { button: 'Redrive the group', note, confirm: 'Redrive', preview })
  await page.getByText('This group has no events any more.').waitFor()
  await quarantined()
  await outbox.until('/audit', ({ clean }) => clean)
})

test('what was done is listed, in every look', { skip }, async (t) => {
  const page = await openPage(t, parts(), '/actions')
  await page.getByRole('listitem').filter({ hasText: 'The topic takes larger records now' }).waitFor()
  await assertInEveryLook(page, 'actions')
})
