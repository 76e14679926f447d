import assert from 'node:assert/strict'
import { runCommand } from '@relevo/cli'
import { readTopic } from '@relevo/kafka'
import { readRepublication, requestRepublish } from '@relevo/relay'
import { eventually } from '@relevo/testing'
import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'

testEachSource(
  'a relay that publishes again is killed with a page that is sent and not stored; the next goes on there, to the end',
  async (t, source) => {
    const run = await outboxRun(t, { source, relay: { PAGE_ROWS: '5' } })
    const { pool, kafka, topic, databaseUrl } = run
    const first = await run.startRelay()
    await run.streams(first)
    const load = run.write()
    await load.progress(300)
    const ledger = await load.stop()
    await run.settle()
    // The second page of each shard is sent, and not stored.
    await pool.query(`
      create function public.hold() returns trigger language plpgsql as $$ begin
        if old.sent > 0 then perform pg_advisory_xact_lock_shared(4711); end if;
        return new;
      end $$;
      create trigger hold before update of last_id on outbox.republish_shard for each row execute function public.hold()`)
    const holder = await pool.connect()
    let id: number | undefined
    try {
      await holder.query('select pg_advisory_lock(4711)')
      id = await requestRepublish(pool, { fromId: 0 })
      assert.ok(id)
      await eventually(async () => {
        const { rows } = await pool.query(
          `select from pg_locks l join pg_database d on d.oid = l.database
           where d.datname = current_database() and l.locktype = 'advisory' and l.objid = 4711 and not l.granted`,
        )
        return rows.length > 0
      }, 'a second page sent')
      await first.kill()
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'relevo relay%'`,
      )
    } finally {
      await holder.query('select pg_advisory_unlock_all()')
      holder.release()
    }
    const before = await readRepublication(pool, id)
    assert.ok(before && before.published > 0 && before.published < before.events, JSON.stringify(before))
    assert.equal(before.state, 'open')

    await run.startRelay()
    await eventually(async () => (await readRepublication(pool, id))?.state === 'done', 'the request done')
    const after = await readRepublication(pool, id)
    assert.deepEqual([after?.published, after?.gone, after?.rejected], [before.events, 0, 0])
    const times = new Map<string, number>()
    for await (const { headers } of readTopic(kafka, topic)) {
      const event = String(headers.ce_id)
      times.set(event, (times.get(event) ?? 0) + 1)
    }
    assert.equal(times.size, before.events)
    assert.ok(Math.min(...times.values()) >= 2, 'each event was sent again')
    await run.check(ledger)

    const lines: string[] = []
    const output = { out: (text: string) => lines.push(text), err: (text: string) => lines.push(text) }
    const relevo = (...words: string[]) => runCommand(words, { DATABASE_URL: databaseUrl }, output)
    const [event] = times.keys()
    assert.equal(await relevo('republish', '--event', event ?? ''), 0)
    assert.match(lines.join('\n'), /1 events of 1 keys in 1 shards, recorded from .*\n.*Do it with --yes/)
    assert.equal(await relevo('republish', '--event', event ?? '', '--yes'), 0, lines.join('\n'))
    assert.match(lines.at(-1) ?? '', /is done: 1 of 1 events sent again/)
    assert.equal(await relevo('republish', 'status'), 0)
    assert.match(lines.at(-1) ?? '', /done/)
    assert.equal(await relevo('republish', 'abort', String(id)), 1)
    assert.equal(await relevo('republish'), 2)
    assert.equal(await relevo('republish', '--from', 'yesterday'), 2)
  },
)
