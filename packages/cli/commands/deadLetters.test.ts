import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createInbox, inboxMigrations } from '@relevo/inbox'
import { createPool } from '@relevo/kit'
import { eventually, silent, testDatabase, testTopic } from '@relevo/testing'
import { Registry } from 'prom-client'
import { runCommand } from '../runCommand.ts'

/** A consumer that rejects every event until `fix` is called, and the command on its database. */
async function failingConsumer(t: TestContext) {
  const { url, pool } = await testDatabase(t, [inboxMigrations])
  const { topic, kafka, producer } = await testTopic(t, 1)
  const own = createPool({ databaseUrl: url, name: 'consumer', pipeline: true, logger: silent })
  let fixed = false
  const inbox = createInbox({
    pool: own,
    consumerName: `group-${randomUUID()}`,
    kafka,
    topics: [topic],
    handlers: {
      'order.paid': {
        handle: async () => {
          if (!fixed) throw new Error('no\u001b[31m such order')
        },
      },
    },
    retry: { attempts: 1, initialMs: 10 },
    pollMs: 20,
    registry: new Registry(),
    logger: silent,
  })
  t.after(async () => {
    await inbox.stop()
    await own.end()
  })
  const environment = { DATABASE_URL: url, KAFKA_BROKERS: kafka.brokers.join(',') }
  const asked: string[] = []
  /** What somebody at the terminal types; nobody sits there when there is nothing. */
  const answers: string[] = []
  const answer = async (question: string) => {
    asked.push(question)
    return answers.shift() ?? ''
  }
  async function relevo(...words: string[]) {
    const lines: string[] = []
    const add = (text: string) => lines.push(text)
    const ask = answers.length === 0 ? undefined : answer
    return { code: await runCommand(words, environment, { out: add, err: add, ask }), text: lines.join('\n') }
  }
  const record = (type: string) => ({
    topic,
    key: 'k',
    value: '{"order":17}',
    headers: { ce_specversion: '1.0', ce_id: randomUUID(), ce_type: type, ce_source: '/test' },
  })
  const fix = () => {
    fixed = true
  }
  return { pool, topic, inbox, producer, record, relevo, fix, asked, answers }
}

test('dead letters are listed, grouped, shown, discarded, revived and redriven', async (t) => {
  const { pool, topic, inbox, producer, record, relevo, fix, asked, answers } = await failingConsumer(t)
  assert.match((await relevo('dead-letters')).text, /no dead letters/)
  await producer.send([record('order.paid'), record('order.paid'), record('order.eaten')])
  inbox.start()
  await eventually(
    async () => (await pool.query('select from inbox.dead_letter')).rowCount === 3,
    'three dead letters',
  )
  const { text: listed } = await relevo('dead-letters', 'list', '--type', 'order.paid')
  assert.match(
    listed,
    /order\.paid +attemptsExhausted .* k +Error: no such order/,
    'without what a terminal would obey',
  )
  assert.equal(listed.split('\n').length, 4)
  const groups = JSON.parse((await relevo('--json', 'dead-letters', 'groups')).text)[0].result
  assert.deepEqual(
    groups.map((group: { count: number }) => group.count),
    [2, 1],
  )
  const [id] = /^\d+/m.exec(listed) ?? []
  assert.ok(id)
  const shown = JSON.parse((await relevo('dead-letters', 'show', id)).text)
  assert.deepEqual([shown.key, shown.value, shown.topic], ['k', '{"order":17}', topic])

  assert.equal((await relevo('dead-letters', 'redrive')).code, 2, 'which ones?')
  assert.equal((await relevo('dead-letters', 'discard', id, '--note', 'a test')).code, 0)
  assert.match(
    (await relevo('dead-letters', 'list', '--state', 'discarded')).text,
    new RegExp(`^${id} `, 'm'),
  )
  assert.equal((await relevo('dead-letters', 'revive', id)).code, 0)
  assert.equal((await relevo('dead-letters', 'revive', id)).code, 1, 'it is not discarded any more')
  assert.equal((await relevo('dead-letters', 'archive', id, '--note', 'a test')).code, 0)
  const archived = await relevo('dead-letters', 'groups', '--state', 'archived')
  assert.match(archived.text, / 1 +group-\S+ +order\.paid/)
  assert.equal((await relevo('dead-letters', 'revive', id)).code, 0)

  const again = await relevo('dead-letters', 'redrive', id)
  assert.equal(again.code, 1)
  assert.match(again.text, /1 redriven, 0 took effect, 1 dead again/)
  fix()
  const many = ['dead-letters', 'redrive', '--fingerprint', groups[0].fingerprint]
  const unsure = await relevo(...many)
  assert.equal(unsure.code, 1)
  assert.match(unsure.text, /redrive 2 dead letters\. Nothing was changed: do it with --yes/)
  for (const [answer, discarded] of [
    ['', 0],
    ['y', 1],
  ] as const) {
    answers.push(answer)
    await relevo('dead-letters', 'discard', '--type', 'order.eaten', '--note', 'a test')
    assert.equal(asked.pop(), 'discard 1 dead letter. Go on? [y/N] ')
    const { rowCount } = await pool.query('select from inbox.dead_letter where discarded_at is not null')
    assert.equal(rowCount, discarded)
  }
  const left = await relevo('dead-letters', 'list', '--type', 'order.paid')
  const [replaced = ''] = /^\d+/m.exec(left.text) ?? []
  const replace = ['dead-letters', 'replace', replaced, '--note', 'a test']
  assert.match((await relevo(...replace, '--value', '{')).text, /^invalidJson: /)
  const would = await relevo(...replace, '--value', '{"order":18}', '--dry-run')
  assert.match(would.text, /would be replaced by an event order\.paid of key k$/)
  const did = await relevo(...replace, '--value', '{"order":18}')
  assert.match(did.text, /replaced by event [0-9a-f-]{36}, order\.paid of key k$/)
  assert.equal((await relevo(...replace, '--value', '{"order":18}')).code, 1, 'it is not dead any more')
  const { code, text } = await relevo(...many, '--yes')
  assert.equal(code, 0, text)
  assert.match(text, /1 redriven, 1 took effect, 0 dead again, 0 waiting/)
})

test('options of dead letters that cannot be meant are refused', async (t) => {
  const { url } = await testDatabase(t, [inboxMigrations])
  const wrong = [
    ['show', 'x'],
    ['show', '--event', 'x'],
    ['show'],
    ['list', '--since', 'yesterday'],
    ['list', '--limit', '-1'],
    ['list', '--state', 'lost'],
    ['discard', '1'],
    ['archive', '1'],
    ['replace', '1', '--note', 'x'],
    ['replace', 'x', '--note', 'x', '--value', '{}'],
    ['replace', '1', '--value', '{}'],
    ['replace', '1', '--note', 'x', '--file', '/nowhere'],
    ['revive'],
  ]
  const output = { out: () => undefined, err: () => undefined }
  for (const words of wrong)
    assert.equal(
      await runCommand(['dead-letters', ...words], { DATABASE_URL: url }, output),
      2,
      words.join(' '),
    )
})
