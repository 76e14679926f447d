import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, startProcess } from '@relevo/testing'

const main = fileURLToPath(new URL('fixtures/main.ts', import.meta.url))

function run(t: TestContext, env: Record<string, string>, ...args: string[]) {
  const started = startProcess(main, env, args)
  t.after(started.kill)
  return started
}

test('stops in order at SIGTERM, finishing the request in flight, and exits 0', async (t) => {
  const { child, logged, ended, messages } = run(t, {})
  const asked = logged('asked')
  const { port } = await logged('listening')
  const answer = fetch(`http://127.0.0.1:${port}/slow`)
  await asked
  child.kill('SIGTERM')
  const response = await answer
  assert.deepEqual(await response.json(), { done: true })
  assert.equal(response.headers.get('connection'), 'close')
  assert.equal(await ended, 0)
  assert.deepEqual(messages().slice(-3), ['stopping', 'pool stopped', 'stopped'])
})

test('in the drain it is not ready, does its work, and tells clients to connect anew', async (t) => {
  const { child, logged, ended } = run(t, { SHUTDOWN_DRAIN_MS: '3000' })
  const asked = logged('asked')
  const { port } = await logged('listening')
  const url = `http://127.0.0.1:${port}`
  const serving = async () => (await fetch(`${url}/serving`)).text()
  assert.doesNotMatch(await serving(), /stopping/)
  const stopping = logged('stopping')
  child.kill('SIGTERM')
  await stopping
  assert.match(await serving(), /stopping/)
  const response = await fetch(`${url}/slow`)
  await asked
  assert.deepEqual(await response.json(), { done: true })
  assert.equal(response.headers.get('connection'), 'close')
  assert.equal(await ended, 0)
})

test('a second signal and the end of the grace period do not wait for a slow part', async (t) => {
  const patient = run(t, { STOP_MS: '60000' })
  const hurried = run(t, { STOP_MS: '60000', SHUTDOWN_GRACE_MS: '200' })
  await Promise.all([patient.logged('started'), hurried.logged('started')])
  const stopping = patient.logged('stopping')
  patient.child.kill('SIGINT')
  hurried.child.kill('SIGTERM')
  await stopping
  patient.child.kill('SIGTERM')
  assert.deepEqual(await Promise.all([patient.ended, hurried.ended]), [1, 1])
  assert.match(hurried.text(), /"part":"slow part".*not stopped within the grace period/)
})

for (const [fault, message] of [
  ['start', 'cannot start'],
  ['fail', 'a part has crashed'],
] as const) {
  test(`when it cannot go on (${fault}) it says so, stops its parts and exits 1`, async (t) => {
    const { ended, text } = run(t, { FAULT: fault })
    assert.equal(await ended, 1)
    assert.match(text(), new RegExp(`"level":"fatal".*${message}`))
    assert.match(text(), /pool stopped/)
  })
}

for (const fault of ['throw', 'reject']) {
  test(`an uncaught error (${fault}) is logged and ends it with 1`, async (t) => {
    const { ended, text } = run(t, { FAULT: fault })
    assert.equal(await ended, 1)
    assert.match(text(), /"level":"fatal".*(uncaught|unhandled)/)
  })
}

test('a part that fails to stop makes the exit code 1', async (t) => {
  const { child, logged, ended, text } = run(t, { FAULT: 'stop' })
  await logged('started')
  child.kill('SIGTERM')
  assert.equal(await ended, 1)
  assert.match(text(), /will not stop/)
})

test('a taken port ends it with 1 and the reason', async (t) => {
  const first = run(t, {})
  const { port } = await first.logged('listening')
  const second = run(t, { PORT: String(port) })
  assert.equal(await second.ended, 1)
  assert.match(second.text(), /EADDRINUSE/)
})

test('what it compiled is there for the next one, be it killed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'compiled-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const { logged, kill } = run(t, { NODE_COMPILE_CACHE: folder })
  await logged('started')
  const entries = () => readdirSync(folder, { recursive: true, withFileTypes: true })
  await eventually(() => entries().some((entry) => entry.isFile()), 'compiled files')
  await kill()
})

test('wrong variables are all listed, with exit code 78; --help lists what there is', async (t) => {
  const wrong = run(t, { PORT: 'x', STOP_MS: '-1' })
  assert.equal(await wrong.ended, 78)
  assert.match(wrong.errors(), /- PORT must be[\s\S]*- STOP_MS must be/)
  const help = run(t, { PORT: 'x' }, '--help')
  assert.equal(await help.ended, 0)
  assert.match(help.text(), /PORT[\s\S]*SHUTDOWN_GRACE_MS|SHUTDOWN_GRACE_MS[\s\S]*PORT/)
})

test('a service is guarded against connections that keep it busy with nothing', async (t) => {
  const { port } = await run(t, {}).logged('listening')
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  assert.match(await response.text(), /^relevo_spinning_connections_closed_total 0$/m)
})
