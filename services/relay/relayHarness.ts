import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { runCommand } from '@relevo/cli'
import { createAdmin } from '@relevo/kafka'
import { createLogger, migrate } from '@relevo/kit'
import { outboxMigrations } from '@relevo/outbox'
import { createTestDatabase, startProcess, testServers } from '@relevo/testing'
import pg from 'pg'

/** A database with an outbox, if not told otherwise; dropped with the test. */
export async function createOutbox(t: TestContext, { migrated = true } = {}) {
  const database = await createTestDatabase(migrated ? [outboxMigrations] : undefined)
  const prepare = () => migrate(database.url, [outboxMigrations], createLogger('test', 'silent'))
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  t.after(async () => {
    await pool.end()
    await database.drop()
  })
  return { url: database.url, pool, migrate: prepare }
}

/** A relay process with these variables on the Kafka of the test run; killed with the test. */
export async function startRelay(t: TestContext, variables: Record<string, string>) {
  const { brokers } = await testServers()
  const relay = startProcess(join(import.meta.dirname, 'main.ts'), {
    KAFKA_BROKERS: brokers.join(','),
    PORT: '0',
    REFUSAL_RETRY_MS: '10',
    ...variables,
  })
  t.after(relay.kill)
  const admin = createAdmin({ brokers, clientId: 'test' })
  t.after(() => admin.close())
  const { port } = await relay.logged('listening')
  return { relay, base: `http://127.0.0.1:${port}`, brokers, admin }
}

/** Runs the command `relevo`. */
export async function relevo(words: string[], env: Record<string, string>) {
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  return { code: await runCommand(words, env, { out: add, err: add }), text: lines.join('\n') }
}
