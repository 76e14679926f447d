import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, forAllTests } from '@relevo/testing'
import {
  failingConsumer,
  logInTo,
  rejectedOutbox,
  runningConsole,
  watchingMonitor,
} from './consoleHarness.ts'

const stack = forAllTests(async (t) => {
  const [consumer, outbox] = await Promise.all([failingConsumer(t), rejectedOutbox(t)])
  const monitor = await watchingMonitor(t, consumer, outbox)
  const services = { 'message-processor': consumer, 'relay-test': outbox, monitor }
  const console = await runningConsole(t, services)
  await consumer.send({ content: 'one' }, { content: 'two' })
  await outbox.record('order-1')
  const board = await console.until(
    '/console/board',
    ({ groups, events }) => groups.length === 2 && events === 3,
  )
  const [letters, keys] = ['consumer', 'outbox'].map((kind) =>
    board.groups.find((group: { kind: string }) => group.kind === kind),
  )
  return { consumer, outbox, monitor, console, letters, keys }
})

const logIn = (name?: string) => logInTo(stack().console, name)

test('the page lets nothing in from elsewhere, in the language of the browser', async () => {
  const { console } = stack()
  const page = await console.ask('/', { headers: { 'accept-language': 'fr, en;q=0.8, es;q=0.5' } })
  assert.match(page.text, /<html lang="en">/)
  assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'self';/)
  assert.doesNotMatch(page.text, /<script(?! type="module" src="\/console\/assets\/)|<style|https?:/)
  const [script = ''] = /\/console\/assets\/console-\w+\.js/.exec(page.text) ?? []
  const zipped = await fetch(console.url + script, { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(zipped.headers.get('content-encoding'), 'gzip')
  const bytes = Number(zipped.headers.get('content-length'))
  assert.ok(bytes > 5_000 && bytes < 60_000, `${bytes} bytes of JavaScript at first load`)
  assert.equal((await console.ask('/console/assets/console-old.js')).status, 404)
})

test('the overview is what the monitor tells, and its figures are kept', async () => {
  const { console } = stack()
  const { overview } = await console.until(
    '/console/board',
    ({ overview: seen }) => seen?.groups.length === 1 && seen.outboxes[0]?.quarantined_keys === 1,
  )
  assert.deepEqual(overview.services.map(({ service }: { service: string }) => service).sort(), [
    'message-processor',
    'relay-test',
  ])
  assert.equal(overview.shop, undefined, 'there are no analytics')
  const { at, backlog, lag, step_seconds } = await console.until(
    '/console/history?minutes=1',
    (body) => body.kept_from !== null,
  )
  assert.equal(step_seconds, 10)
  assert.deepEqual([at.length, at.length], [backlog.length, lag.length])
  assert.ok(backlog.some((value: number | null) => value !== null))
})

test('whoever is not logged in can look, and neither act nor see a payload', async () => {
  const { console, letters, keys } = stack()
  const { source, group } = letters
  assert.deepEqual((await console.ask('/console/session')).body, {
    operator: null,
    csrf: null,
    log_in: ['token'],
    renew_at: null,
  })
  const page = await console.ask(`/console/letters?source=${source}&group=${group}`)
  assert.equal(page.body.count, 2)
  const { id } = page.body.letters[0]
  assert.equal((await console.ask(`/console/letter?source=${source}&id=${id}`)).status, 401)
  assert.equal((await console.ask(`/console/key?source=${keys.source}&key=order-1`)).status, 401)
  const act = await console.post('/console/letters/redrive', { source, group, note: 'mine' })
  assert.equal(act.status, 401)
  assert.equal((await console.post('/console/session', { token: 'guess', name: 'Eve' })).status, 401)
})

test('a page of another origin, or without the token of its session, changes nothing', async () => {
  const { console, letters } = stack()
  const { source, group } = letters
  const { cookie = '', 'x-csrf-token': csrf = '' } = await logIn()
  const post = (headers: Record<string, string>) =>
    console.post('/console/letters/redrive', { source, group, note: 'forged' }, headers)
  assert.equal((await post({ cookie })).status, 403)
  assert.equal((await post({ cookie, 'x-csrf-token': `${csrf}x` })).status, 403)
  assert.equal((await post({ cookie, 'x-csrf-token': csrf, origin: 'https://evil.example' })).status, 403)
  assert.equal((await post({ cookie: `${cookie}x`, 'x-csrf-token': csrf })).status, 401)
  assert.equal((await console.ask('/console/actions')).body.count, 0)
})

test('payloads are shown masked', async () => {
  const { console, keys } = stack()
  const headers = await logIn()
  const { body } = await console.ask(`/console/key?source=${keys.source}&key=order-1`, { headers })
  assert.equal(body.waiting.length, 1)
  const { order_id, customer_email } = JSON.parse(body.waiting[0].payload.text)
  assert.deepEqual([order_id, customer_email], ['order-1', '•••'])
})

test('one that cannot be done is noted with the reason', async () => {
  const { console, keys } = stack()
  const headers = await logIn('Carla')
  const body = { source: keys.source, key: 'none', note: 'try' }
  assert.equal((await console.post('/console/keys/skip', body, headers)).status, 404)
  const [noted] = (await console.ask('/console/actions?limit=1')).body.actions
  assert.match(noted.problem, /^relay-test: No such key is quarantined/)
  assert.deepEqual([noted.asked_by, noted.deed, noted.done], ['Carla', 'skip', null])
})

test('which ones are meant has to be said, and by a name that there is', async () => {
  const { console, letters, keys } = stack()
  const headers = await logIn()
  const post = async (path: string, body: object) => (await console.post(path, body, headers)).status
  const { source, group } = letters
  assert.equal(await post('/console/letters/redrive', { source, note: 'x' }), 400)
  assert.equal(await post('/console/letters/redrive', { source, group, id: 1, note: 'x' }), 400)
  assert.equal(await post('/console/letters/redrive', { source: 'nobody', group, note: 'x' }), 404)
  assert.equal(await post('/console/letters/redrive', { source: keys.source, group, note: 'x' }), 404)
  assert.equal(await post('/console/keys/redrive', { source: keys.source, group, note: 'x' }), 404)
  assert.equal(await post('/console/letters/redrive', { source, group }), 400, 'no reason is given')
})

test('a redrive takes effect, and is shown before it is done', async () => {
  const { console, consumer, letters } = stack()
  const { source, group } = letters
  const headers = await logIn()
  await consumer.heal()
  const preview = await console.ask(`/console/preview?source=${source}&group=${group}`)
  assert.deepEqual(preview.body, { events: 2, keys: 2, waiting: 0, impossible: 0 })
  const done = await console.post('/console/letters/redrive', { source, group, note: 'healed' }, headers)
  assert.deepEqual([done.status, done.body], [200, { done: 2 }])
  await console.until('/console/board', ({ groups }) => groups.length === 1)
  await consumer.until('/stats', ({ held }) => held === 0)
  await eventually(async () => (await consumer.messages()).length === 2)
})

test('pages that are open do not keep the console from stopping', async () => {
  const { console } = stack()
  const page = await fetch(`${console.url}/console/live`)
  assert.equal(page.status, 200)
  const [text] = await Promise.all([page.text(), console.stop()])
  assert.match(text, /^event: board$/m)
})
