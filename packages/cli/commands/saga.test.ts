import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inboxMigrations } from '@relevo/inbox'
import { inTransaction } from '@relevo/kit'
import { outboxMigrations } from '@relevo/outbox'
import { createSagas, defineSaga, keep, sagaMigrations, startSaga } from '@relevo/saga'
import { afterTest, eventually, silent, testDatabase } from '@relevo/testing'
import { Registry } from 'prom-client'
import { runCommand } from '../runCommand.ts'

const ship = defineSaga({
  name: 'ship',
  version: 1,
  start: ({ parcel }: { parcel: string }) => ({ parcel }),
  steps: {
    load: {
      command: ({ parcel }) => ({ topic: 'port', type: 'LOAD', payload: { parcel } }),
      done: { LOADED: keep },
      timeoutMs: 60_000,
      attempts: 3,
      late: 'compensate',
      compensation: {
        command: ({ parcel }) => ({ topic: 'port', type: 'UNLOAD', payload: { parcel } }),
        done: { UNLOADED: keep },
        timeoutMs: 1,
        maxTimeoutMs: 1,
        stuckAfter: 1,
      },
    },
  },
})

test('sagas are listed, shown, retried, compensated and given up from the command line', async (t) => {
  const { pool, url } = await testDatabase(t, [outboxMigrations, inboxMigrations, sagaMigrations])
  const options = { pool, definitions: [ship], registry: new Registry(), logger: silent, pollMs: 20 }
  const start = () => inTransaction(pool, (tx) => startSaga(tx, ship, { parcel: 'p' }, { key: 'parcel-1' }))
  const { id } = await start()
  let lines: string[] = []
  const add = (text: string) => lines.push(text)
  const relevo = async (...words: string[]) => {
    lines = []
    return runCommand(['saga', ...words], { DATABASE_URL: url }, { out: add, err: add })
  }
  const because = ['--reason', 'the port is open again']

  assert.equal(await relevo(), 0)
  assert.match(lines.join('\n'), new RegExp(`${id} +ship v1 +parcel-1 +running +load, attempt 1`))
  assert.equal(await relevo('list', '--name', 'other'), 0)
  assert.match(lines.join(), /no sagas/)
  assert.equal(await relevo('retry', id, ...because, '--wait', '0'), 1)
  assert.match(lines.join(), /no process with its definition has done it yet/)

  const sagas = createSagas(options)
  afterTest(t, () => sagas.stop())
  sagas.start()
  await eventually(
    async () => (await pool.query('select from saga.parked')).rowCount === 0,
    'it is done after all',
  )
  assert.equal(await relevo('compensate', id, ...because), 0)
  assert.match(lines.join(), /under way/)
  const isStuck = async () => (await relevo('list', '--stuck')) === 1
  await eventually(isStuck, 'stuck: nobody unloads')
  assert.equal(await relevo('show', id), 0)
  assert.match(lines.join(), /undoing load.*stuck since.*the port is open again.*UNLOAD/s)

  assert.equal(await runCommand(['--json', 'saga', 'list'], { DATABASE_URL: url }, { out: add, err: add }), 1)
  assert.equal(JSON.parse(lines.at(-1) ?? '')[0].sagas[0].id, id)
  assert.equal(
    await runCommand(['--json', 'saga', 'show', id], { DATABASE_URL: url }, { out: add, err: add }),
    0,
  )
  assert.equal(JSON.parse(lines.at(-1) ?? '').status, 'compensating')

  assert.equal(await relevo('give-up', '--stuck', ...because), 0)
  assert.match(lines.join(), /done/)
  assert.equal(await relevo('retry', id, ...because), 1)
  assert.match(lines.join(), /it has ended/)
  assert.equal(await relevo('list', '--status', 'givenUp', '--key', 'parcel-1'), 0)
  assert.match(lines.join('\n'), /GIVEN_UP/)
})

test('wrong words are refused, and sagas that are not there are said', async (t) => {
  const { url } = await testDatabase(t, [outboxMigrations, inboxMigrations, sagaMigrations])
  const empty = await testDatabase(t)
  const nobody = '0190b000-0000-7000-8000-000000000001'
  const cases: [string[], number, RegExp, string?][] = [
    [['retry', nobody], 2, /--reason/],
    [['retry', '--reason', 'why'], 2, /Which sagas\?/],
    [['retry', 'seven', '--reason', 'why'], 2, /is a UUID, not seven/],
    [['list', '--status', 'lost'], 2, /Allowed choices/],
    [['list', '--older-than', '-1'], 2, /whole number/],
    [['show', nobody], 1, /There is no saga/],
    [['retry', nobody, '--reason', 'why'], 1, /There is no saga/],
    [['give-up', '--stuck', '--reason', 'why'], 1, /No such saga/],
    [['list'], 2, /No sagas in .*no service runs sagas there/, empty.url],
  ]
  for (const [words, code, message, database = url] of cases) {
    const lines: string[] = []
    const add = (text: string) => lines.push(text)
    const result = await runCommand(['saga', ...words], { DATABASE_URL: database }, { out: add, err: add })
    assert.equal(result, code, `${words.join(' ')}: ${lines.join()}`)
    assert.match(lines.join('\n'), message)
  }
})
