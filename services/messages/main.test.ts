import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createAdmin } from '@relevo/kafka'
import { createTestDatabase, startProcess, testServers } from '@relevo/testing'

function run(t: TestContext, file: string, env: Record<string, string>, ...args: string[]) {
  const started = startProcess(fileURLToPath(new URL(file, import.meta.url)), env, args)
  t.after(started.kill)
  return { ...started, port: async () => Number((await started.logged('listening')).port) }
}

async function ask(port: number, path: string, init: RequestInit = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
  return { status: response.status, body: (await response.json()) as any }
}

async function ready(port: number): Promise<void> {
  const until = performance.now() + 60_000
  while ((await ask(port, '/ready')).status !== 200) {
    if (performance.now() > until) assert.fail(JSON.stringify((await ask(port, '/ready')).body))
    await delay(50)
  }
}

test('the services wait for the migrations, do their work, and stop at SIGTERM', async (t) => {
  const { brokers } = await testServers()
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const env = { DATABASE_URL: database.url, KAFKA_BROKERS: brokers.join(','), PORT: '0', HOST: '127.0.0.1' }
  const api = run(t, 'main.ts', { ...env, ACK_WAIT_MS: '50' })
  const processor = run(t, '../message-processor/main.ts', {
    ...env,
    KAFKA_GROUP_ID: `group-${Math.random()}`,
  })
  const [port, processorPort] = await Promise.all([api.port(), processor.port()])

  for (const each of [port, processorPort]) {
    assert.equal((await ask(each, '/health')).status, 200)
    const { status, body } = await ask(each, '/ready')
    assert.equal(status, 503)
    assert.match(body.problems.schema, /outbox 1|not looked at yet/)
  }
  const migrated = await Promise.all([run(t, 'database.ts', env).ended, run(t, 'database.ts', env).ended])
  assert.deepEqual(migrated, [0, 0])
  await Promise.all([ready(port), ready(processorPort)])

  const headers = { 'content-type': 'application/json' }
  const posted = await ask(port, '/messages', { method: 'POST', headers, body: '{"content":"Hola"}' })
  assert.deepEqual([posted.status, posted.body.estado], [201, 'P'])
  assert.equal((await ask(port, '/eventos')).body.count, 1)
  assert.equal((await ask(port, '/openapi.json')).body.info.title, 'Relevo messages')
  // Not its total: the topic is shared with other tests of the run.
  assert.equal((await ask(processorPort, '/stats')).body.topic, 'messages')

  api.child.kill('SIGTERM')
  processor.child.kill('SIGTERM')
  assert.deepEqual(await Promise.all([api.ended, processor.ended]), [0, 0])
})

test('migrating creates the topics of the catalogue', async (t) => {
  const { brokers } = await testServers()
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const env = { DATABASE_URL: database.url, KAFKA_BROKERS: brokers.join(',') }
  assert.equal(await run(t, 'database.ts', env).ended, 0)
  const admin = createAdmin({ brokers, clientId: 'messages-test' })
  t.after(() => admin.close())
  const offsets = await admin.topicOffsets(['messages', 'messages.dlt'])
  assert.deepEqual(
    ['messages', 'messages.dlt'].map((topic) => offsets.filter((offset) => offset.topic === topic).length),
    [6, 1],
  )
})

test('the processor lives while Kafka is away, is not ready, and stops in order', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const env = { DATABASE_URL: database.url, KAFKA_BROKERS: '127.0.0.1:1', PORT: '0', HOST: '127.0.0.1' }
  const migrated = run(t, 'database.ts', { ...env, CREATE_TOPICS: 'false' })
  assert.equal(await migrated.ended, 0)
  const processor = run(t, '../message-processor/main.ts', env)
  const port = await processor.port()
  while ((await ask(port, '/ready')).body.problems.schema) await delay(50)
  assert.deepEqual(Object.keys((await ask(port, '/ready')).body.problems), ['consumer', 'kafka'])
  assert.equal((await ask(port, '/health')).status, 200)
  assert.equal((await ask(port, '/stats')).body.lag, null)
  processor.child.kill('SIGTERM')
  assert.equal(await processor.ended, 0)
})

test('migrating gives up when a server does not come, and says which', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const bounds = { MIGRATE_TIMEOUT_MS: '300', DATABASE_URL: database.url, KAFKA_BROKERS: '127.0.0.1:1' }
  const noKafka = run(t, 'database.ts', bounds)
  const noDatabase = run(t, 'database.ts', { ...bounds, DATABASE_URL: 'postgres://me@127.0.0.1:1/none' })
  assert.deepEqual(await Promise.all([noKafka.ended, noDatabase.ended]), [1, 1])
  assert.match(noKafka.text(), /"level":"fatal".*KafkaError/)
  assert.match(noDatabase.text(), /"level":"fatal".*ECONNREFUSED/)
})

test('wrong variables are all listed', async (t) => {
  const wrong = { PORT: 'x', DATABASE_URL: 'x', MESSAGE_MAX_BYTES: '10000000', PARTITION_BY: 'day' }
  const api = run(t, 'main.ts', wrong)
  const help = run(t, 'main.ts', wrong, '--help')
  assert.deepEqual(await Promise.all([api.ended, help.ended]), [78, 0])
  for (const name of Object.keys(wrong)) {
    assert.match(api.text(), new RegExp(`- ${name} must be`))
    assert.match(help.text(), new RegExp(`^${name}$`, 'm'))
  }
})
