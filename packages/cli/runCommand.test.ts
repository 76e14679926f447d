import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { outboxMigrations } from '@relevo/outbox'
import { createTestDatabase, testDatabase } from '@relevo/testing'
import { printable } from './printable.ts'
import { runCommand } from './runCommand.ts'
import { noteRunningStart, runningStart } from './runningStart.ts'

async function relevo(words: string[], env: Record<string, string>) {
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  return { code: await runCommand(words, env, { out: add, err: add }), text: lines.join('\n') }
}

test('wrong words are answered with how the command is used', async () => {
  const wrong: [string[], RegExp][] = [
    [['bogus'], /unknown command 'bogus'/],
    [['quarantine', 'show'], /missing required argument 'key'/],
    [['rebase', 'now'], /too many arguments/],
    [['status', '--bogus'], /unknown option '--bogus'/],
  ]
  for (const [words, message] of wrong) {
    const { code, text } = await relevo(words, { DATABASE_URL: 'postgres://nowhere' })
    assert.equal(code, 2)
    assert.match(text, message)
    assert.match(text, /Usage: relevo/)
  }
  assert.equal((await relevo(['--help'], {})).code, 0)
  assert.equal((await relevo([], {})).code, 2)
})

test('which database is missing, is no URL, cannot be reached or has no outbox is said', async (t) => {
  const none = { RELEVO_DATA_DIRECTORY: mkdtempSync(join(tmpdir(), 'relevo-')) }
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const cases: [Record<string, string>, number, RegExp][] = [
    [none, 2, /Set DATABASE_URL/],
    [{ DATABASE_URL: 'nonsense' }, 2, /is not a URL/],
    [{ DATABASE_URL: 'postgres://127.0.0.1:1/none' }, 1, /ECONNREFUSED/],
    [{ DATABASE_URL: database.url }, 2, /No outbox in .*migrate/],
  ]
  for (const [env, code, message] of cases) {
    const result = await relevo(['status'], env)
    assert.equal(result.code, code, result.text)
    assert.match(result.text, message)
  }
  const other = await relevo(['--database', 'other', 'status'], { DATABASE_URL: database.url })
  assert.match(other.text, /No database is called other/)
})

test('the status of an outbox that is not healthy is told with exit code 1, in words and as JSON', async (t) => {
  const { url, pool } = await testDatabase(t, [outboxMigrations])
  const env = { DATABASE_URL: url }
  const { code, text } = await relevo(['status'], env)
  assert.equal(code, 1)
  assert.match(
    text,
    /relays: none; they read the table\n.*backlog: 0 events\n.*problem: No relay lives: start one/,
  )
  const json = await relevo(['--json', 'status'], env)
  const [{ healthy, status }] = JSON.parse(json.text)
  assert.deepEqual([json.code, healthy, status.problems.length], [1, false, 1])

  await pool.query(`insert into outbox.relay (owner, seen_at) values ('one', now())`)
  await pool.query(
    `update outbox.stored_cursor set owner = 'one', lease_until = now() + interval '10 seconds'`,
  )
  const well = await relevo(['status'], env)
  assert.deepEqual([well.code, /healthy/.test(well.text)], [0, true], well.text)
})

test('a running npm start is found from its folder and those below, and not once it has ended', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'relevo-'))
  const note = { pid: process.pid, databaseUrls: ['postgres://a/b'], brokers: ['localhost:1'] }
  const remove = noteRunningStart(join(folder, '.relevo'), note)
  t.after(remove)
  assert.deepEqual(runningStart({}, join(folder, 'below', 'it')), note)
  noteRunningStart(join(folder, '.relevo'), { ...note, pid: 2 ** 22 + 1 })
  assert.equal(runningStart({}, folder), undefined)
  remove()
  assert.equal(runningStart({}, folder), undefined)
})

test('what a terminal would obey is shown instead', () => {
  assert.equal(printable('a\u001b[31mred\u001b[0m\u0007\u202eb\tc\nd'), 'ared\\u0007\\u202eb\tc\nd')
})

test('the tables of the libraries are made in an empty database, once', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const env = { DATABASE_URL: database.url }
  const first = await relevo(['migrate', 'saga', 'outbox', 'inbox', 'event-store'], env)
  assert.equal(first.code, 0, first.text)
  assert.match(first.text, /^outbox 1 \(outbox\) applied\ninbox 1 .* applied\nevent.*\nsaga 1 .* applied$/s)
  assert.deepEqual(await relevo(['migrate', 'outbox'], env), { code: 0, text: 'Up to date.' })
  assert.match((await relevo(['status'], env)).text, /no relay/i)
  const wrong = await relevo(['migrate', 'orders'], env)
  assert.equal(wrong.code, 2)
  assert.match(wrong.text, /Allowed choices are outbox, inbox, event-store, saga/)
  const several = await relevo(['migrate', 'outbox'], { DATABASE_URL: `${database.url} ${database.url}` })
  assert.equal(several.code, 2)
  assert.match(several.text, /Set DATABASE_URL to the one database/)
})
