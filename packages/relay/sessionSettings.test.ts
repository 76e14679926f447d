import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTopic } from '@relevo/kafka'
import type pg from 'pg'
import { audit } from './index.ts'
import { eventually } from './relayHarness.ts'
import { withSettings } from './sessionSettings.ts'
import { streams, walHarness } from './wal/walHarness.ts'

const hostile = [
  `datestyle = 'SQL, DMY'`,
  `timezone = 'Asia/Kolkata'`,
  `intervalstyle = 'sql_standard'`,
  'extra_float_digits = -15',
  `bytea_output = 'escape'`,
  'array_nulls = off',
  `search_path = 'nowhere'`,
  `default_transaction_isolation = 'serializable'`,
  'default_transaction_read_only = on',
  `lock_timeout = '1ms'`,
  `statement_timeout = '1ms'`,
  `transaction_timeout = '300ms'`,
  `idle_session_timeout = '10ms'`,
  `idle_in_transaction_session_timeout = '1ms'`,
]

/** For the sessions that begin from here on. */
async function turnHostile(pool: pg.Pool): Promise<void> {
  for (const setting of hostile)
    await pool.query(`do $$ begin execute format('alter database %I set ${setting.replaceAll("'", "''")}',
      current_database()); end $$`)
}

for (const source of ['table', 'wal'] as const)
  test(`a database whose settings are hostile to the relay is relayed all the same (${source})`, async (t) => {
    const { pool, startRelay, startWalRelay, record, states, kafka, topic } = await walHarness(t)
    await turnHostile(pool)
    const relay = source === 'wal' ? startWalRelay() : startRelay()
    if (source === 'wal') await streams(relay)
    // This pool's one connection is from before.
    const [event] = await record({ key: 'a', payload: 1 })
    await eventually(async () => (await states()).E === 1, 'the event sent')
    await record({ topic: `${topic}-missing`, key: 'b' }, { key: 'c' })
    await eventually(async () => relay.status().quarantinedKeys === 1, 'a key quarantined')
    const [sent] = await Array.fromAsync(readTopic(kafka, topic))
    assert.equal(Date.parse(sent?.headers.ce_time ?? ''), event?.createdAt.getTime())
    assert.equal(relay.status().problem, undefined)
    assert.equal(pool.totalCount, 1)
    for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
  })

test('the settings of a session come behind those that the connection string has', () => {
  const url = withSettings('postgres://u@h:1/d?options=-c%20datestyle%3DSQL&sslmode=disable', { jit: 'off' })
  const options = new URL(url).searchParams.get('options') ?? ''
  assert.match(options, /^-c datestyle=SQL -c datestyle=ISO .*isolation=read\\ committed .*-c jit=off$/)
  assert.equal(new URL(url).searchParams.get('sslmode'), 'disable')
})
