import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { inboxHandler } from '@relevo/inbox'
import {
  databaseVariables,
  defineApi,
  defineConfig,
  defineService,
  httpVariables,
  processVariables,
  spanishErrors,
} from '@relevo/kit'
import { consumerEndpoints, consumerHandlers, consumerVariables, startConsumer } from '@relevo/kit/consumer'
import { startInProcess, testDatabase, testTopic } from '@relevo/testing'
import { z } from 'zod'
import { messagesDatabase } from '../../systems/databases/messages.ts'

const types = ['message.created', 'message.deleted'] as const
const payload = z.object({ content: z.string() })

/** A consumer that knows two types of one topic; what it has done with each is told to the test. */
function consumerOfTwo(done: string[], isBroken: (type: string) => boolean) {
  const handler = (type: string) =>
    inboxHandler(payload, async ({ data }) => {
      if (isBroken(type)) throw new Error('it does not work yet')
      done.push(`${type} ${data.content}`)
    })
  return defineService({
    name: 'consumer',
    config: defineConfig({
      ...processVariables,
      ...httpVariables(0),
      ...databaseVariables,
      ...consumerVariables({ clientId: 'consumer', topic: 'messages', group: 'consumer', types }),
    }),
    database: messagesDatabase,
    api: defineApi({
      title: 'consumer',
      version: '1.0.0',
      errors: spanishErrors,
      endpoints: consumerEndpoints('es', { total: z.int() }),
    }),
    start: (context) => {
      const handlers = Object.fromEntries(types.map((type) => [type, handler(type)]))
      return consumerHandlers('es', startConsumer(context, handlers), async () => ({ total: 0 }))
    },
  })
}

async function twoConsumers(t: TestContext, isBroken: (type: string) => boolean) {
  const { url } = await testDatabase(t, messagesDatabase.migrations)
  const { topic, kafka, producer } = await testTopic(t)
  const done: string[] = []
  const service = consumerOfTwo(done, isBroken)
  const start = (type: string) =>
    startInProcess(t, service, {
      DATABASE_URL: url,
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_TOPIC: topic,
      KAFKA_GROUP_ID: `${type}-${randomUUID()}`,
      EVENT_TYPES: type,
      RETRY_INITIAL_DELAY_MS: '10',
      RETRY_MAX_DELAY_MS: '20',
    })
  const send = (type: string, content: string) =>
    producer.send([
      {
        topic,
        // One key: even so, one type does not wait for the other.
        key: 'k',
        value: JSON.stringify({ content }),
        headers: {
          ce_specversion: '1.0',
          ce_id: randomUUID(),
          ce_type: type,
          ce_source: '/test',
          ce_time: '2026-01-15T10:30:00Z',
        },
      },
    ])
  return { created: await start(types[0]), deleted: await start(types[1]), send, done }
}

test('consumers of different types, each in its group, share one topic, and a type that fails holds up no other', async (t) => {
  let isBroken = true
  const { created, deleted, send, done } = await twoConsumers(t, (type) => isBroken && type === types[1])
  for (const content of ['a', 'b']) for (const type of [types[1], types[0]]) await send(type, content)
  await created.until('/stats', ({ processed, ignored }) => processed === 2 && ignored === 2)
  assert.deepEqual(done, ['message.created a', 'message.created b'])
  isBroken = false
  await deleted.until('/stats', (stats) => stats.ignored === 2 && stats.processed + stats.dead_letters === 2)
  await deleted.until('/stats', ({ lag }) => lag === 0)
  assert.equal((await created.ask('/dead-letters')).body.count, 0)
})
