// Postgres is lost and restored to an earlier point in time, with the database of a producer and that of a consumer: what
// docs/runbooks/restore.md says to do, and what it promises. Kafka keeps what it has.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { runCommand } from '@relevo/cli'
import { startPostgres, temporaryDirectory } from '@relevo/embedded'
import { createInbox, type Inbox, inboxMigrations } from '@relevo/inbox'
import type { KafkaConfig } from '@relevo/kafka'
import { createLogger, migrate } from '@relevo/kit'
import { checkLedger } from '@relevo/ledger'
import { eventually, silent, testPostgresSettings } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'
import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'

const group = `restore-${randomUUID()}`

/** A Postgres that archives its log, with a base backup and a point in time to go back to. */
async function archivingPostgres(t: TestContext) {
  const directory = temporaryDirectory()
  const [first, second, archive] = ['first', 'second', 'archive'].map((name) => join(directory, name))
  assert.ok(first && second && archive)
  mkdirSync(archive)
  chmodSync(archive, 0o777)
  const settings = {
    ...testPostgresSettings,
    // A base backup under load needs them, as Postgres' manual says.
    full_page_writes: 'on',
    archive_mode: 'on',
    archive_command: `cp %p ${archive}/%f`,
  }
  let server = await startPostgres({ directory: first, settings })
  const pool = new pg.Pool({ connectionString: server.url, max: 2 })
  pool.on('error', () => {})
  t.after(async () => {
    await pool.end()
    await server.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })

  return {
    url: server.url,
    pool,
    /** A base backup by the commands that pg_basebackup uses: without the log, and without slots. */
    async backUp(): Promise<void> {
      const client = await pool.connect()
      try {
        await client.query(`select pg_backup_start('test', fast => true)`)
        const data = ['first', 'second'].map((name) => join(directory, name, 'data'))
        mkdirSync(join(second, 'data'), { recursive: true })
        const left = ['./pg_wal/*', './pg_replslot/*', './postmaster.*'].map((files) => `--exclude=${files}`)
        // A file that changes meanwhile is mended by the log.
        execFileSync('sh', [
          '-c',
          'from=$1 to=$2; shift 2; tar -C "$from" --warning=no-file-changed "$@" -cf - . | tar -C "$to" -xpf -',
          'sh',
          ...data,
          ...left,
        ])
        const { rows } = await client.query('select labelfile from pg_backup_stop(wait_for_archive => false)')
        addAs(join(second, 'data'), 'backup_label', rows[0].labelfile)
        copyFileSync(join(first, 'password'), join(second, 'password'))
      } finally {
        client.release()
      }
    },
    /** Names the point, and waits until the log up to it is archived. */
    async markPoint(name: string): Promise<void> {
      await pool.query('select pg_create_restore_point($1)', [name])
      const { rows } = await pool.query('select pg_walfile_name(pg_switch_wal()) as segment')
      await eventually(async () => {
        const { rows: archived } = await pool.query('select last_archived_wal from pg_stat_archiver')
        return (archived[0].last_archived_wal ?? '') >= rows[0].segment
      }, 'the log archived')
    },
    lose: () => server.kill(),
    /** On the port of the one that is lost. */
    async restore(name: string): Promise<void> {
      addAs(join(second, 'data'), 'recovery.signal', '')
      const recovery = {
        restore_command: `cp ${archive}/%f %p`,
        recovery_target_name: name,
        recovery_target_action: 'promote',
      }
      server = await startPostgres({
        directory: second,
        port: server.port,
        settings: { ...settings, ...recovery, archive_mode: 'off' },
      })
      await eventually(async () => {
        const { rows } = await pool.query('select pg_is_in_recovery() as recovering')
        return rows[0].recovering === false
      }, 'the restored Postgres')
    },
  }
}

/** Adds a file that belongs to whom the data belong to. */
function addAs(data: string, name: string, text: string): void {
  const path = join(data, name)
  writeFileSync(path, text, { mode: 0o600 })
  execFileSync('chown', ['--reference', data, path])
}

/** A consumer whose effect is a row, in a database of its own on that Postgres. */
async function consumer(t: TestContext, serverUrl: string, kafka: KafkaConfig, topic: string) {
  const url = new URL('/consumer', serverUrl).href
  const server = new pg.Client({ connectionString: serverUrl })
  await server.connect()
  await server.query('create database consumer')
  await server.end()
  await migrate(url, [inboxMigrations], createLogger('test', 'silent'))
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on('error', () => {})
  await pool.query(
    'create table effect (place bigint generated always as identity primary key, event_id uuid not null)',
  )
  let inbox: Inbox | undefined
  t.after(async () => {
    await inbox?.stop()
    await pool.end()
  })
  return {
    url,
    pool,
    start(): void {
      inbox = createInbox({
        pool,
        consumerName: group,
        kafka,
        topics: [topic],
        deadLetterTopic: null,
        handlers: {
          'test.happened': {
            handle: async (event, tx) => {
              await tx.query('insert into effect (event_id) values ($1)', [event.id])
            },
          },
        },
        registry: new Registry(),
        logger: silent,
        pollMs: 100,
      })
      inbox.start()
    },
    stop: async () => inbox?.stop(),
    async effects(): Promise<string[]> {
      return (await pool.query('select event_id from effect order by place')).rows.map((row) => row.event_id)
    },
  }
}

/** Runs a command of docs/runbooks/restore.md. @returns what it prints. */
async function relevo(environment: Record<string, string>, ...words: string[]): Promise<string> {
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  assert.equal(await runCommand(words, environment, { out: add, err: add }), 0, lines.join('\n'))
  return lines.join('\n')
}

testEachSource(
  'Postgres is restored to an earlier point: nothing that was acknowledged is lost in effect, and nothing takes effect twice',
  async (t, source) => {
    const postgres = await archivingPostgres(t)
    const run = await outboxRun(t, { source, databaseUrl: postgres.url })
    const taker = await consumer(t, postgres.url, run.kafka, run.topic)
    const relay = await run.startRelay()
    await run.streams(relay)
    taker.start()

    const load = run.write()
    await load.progress(60)
    await postgres.backUp()
    await load.progress(60)
    const pointAt = new Date()
    await postgres.markPoint('before')
    await load.progress(60)
    const { acknowledged, connectionsLost } = await load.stop()
    await run.settle()
    await eventually(async () => (await taker.effects()).length === acknowledged.length, 'all effects')
    await Promise.all([taker.stop(), relay.stop()])
    await postgres.lose()
    await postgres.restore('before')

    const known = new Set(
      (await run.pool.query('select event_id from outbox.event')).rows.map((row) => row.event_id),
    )
    const forgotten = acknowledged.filter((id) => !known.has(id))
    const undone = acknowledged.length - (await taker.effects()).length
    assert.ok(connectionsLost === 0 && forgotten.length >= 60 && undone >= 60, 'the premise: both went back')

    const environment = { DATABASE_URL: taker.url, KAFKA_BROKERS: run.kafka.brokers.join(',') }
    const to = new Date(pointAt.getTime() - 60_000).toISOString()
    assert.match(
      await relevo(environment, 'inbox', 'rewind', '--group', group, '--to', to, '--apply'),
      /Start the consumers again/,
    )
    await relay.start()
    taker.start()
    const after = run.write({ seed: run.seed + 100 })
    await after.progress(60)
    const later = await after.stop()
    await run.settle()
    const all = new Set([...acknowledged, ...later.acknowledged])
    await eventually(async () => (await taker.effects()).length >= all.size, 'all effects again')

    const report = await checkLedger({
      databaseUrl: postgres.url,
      kafka: run.kafka,
      topics: [run.topic],
      ledger: { acknowledged: [...known, ...later.acknowledged] },
      effects: { databaseUrl: taker.url, query: 'select event_id as event from effect' },
      groupId: group,
    })
    const effects = await taker.effects()
    console.log(
      `  acknowledged ${all.size}, of them forgotten by the producer ${forgotten.length}, undone at the consumer ${undone}; ` +
        `delivered again ${report.duplicatesDelivered}, lost ${report.lost.count}, twice in effect ${report.duplicateEffects.count}`,
    )
    assert.deepEqual(
      [...all].filter((id) => !effects.includes(id)),
      [],
      'lost in effect',
    )
    assert.equal(effects.length, new Set(effects).size, 'twice in effect')
    assert.equal(report.lost.count, 0)
    assert.equal(report.duplicateEffects.count, 0)
    assert.equal(report.reorderings.count, 0)
    assert.equal(report.lag, 0)
    assert.match(await relevo({ DATABASE_URL: postgres.url }, 'status'), /./)
  },
)
