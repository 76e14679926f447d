import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort, temporaryDirectory } from '@relevo/embedded'
import { outboxMigrations } from '@relevo/outbox'
import { createTestDatabase } from '@relevo/testing'
import { runCommand } from './runCommand.ts'

async function relevo(words: string[], env: Record<string, string>) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommand(words, env, { out: (text) => out.push(text), err: (text) => err.push(text) })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

test('every outbox of OUTBOXES is shown by its name, and one that is away keeps none of the others back', async (t) => {
  const database = await createTestDatabase(outboxMigrations.directory)
  t.after(() => database.drop())
  const file = join(temporaryDirectory(), 'url')
  writeFileSync(file, `${database.url}\n`)
  const env = {
    OUTBOXES: 'in-ventory,orders',
    IN_VENTORY_DATABASE_URL_FILE: file,
    ORDERS_DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/orders`,
  }
  for (const command of ['status', 'audit', 'quarantine']) {
    const { code, out, err } = await relevo([command, '--json'], env)
    assert.equal(code, 1, command)
    assert.deepEqual(
      JSON.parse(out).map((each: { database: string }) => each.database),
      ['in-ventory'],
    )
    assert.match(err, /^orders: .*ECONNREFUSED/, command)
  }
  const one = await relevo(['audit', '--database', 'in-ventory'], env)
  assert.deepEqual([one.code, one.err], [0, ''])
  const none = await relevo(['status', '--database', 'payments'], env)
  assert.deepEqual([none.code, none.err], [2, 'No database is called payments: in-ventory, orders.'])
  const lost = await relevo(['status', '--database', 'orders'], env)
  assert.equal(lost.code, 1)
  assert.match(lost.err, /ECONNREFUSED/)
  const missing = await relevo(['status'], { OUTBOXES: 'a' })
  assert.deepEqual([missing.code, missing.err], [2, 'OUTBOXES names a, so set A_DATABASE_URL as well.'])
})
