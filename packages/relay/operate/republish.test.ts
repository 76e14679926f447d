import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createProducer, readTopic } from '@relevo/kafka'
import type { RecordedEvent } from '@relevo/outbox'
import { setTopicConfig } from '@relevo/testing'
import type pg from 'pg'
import { Registry } from 'prom-client'
import {
  abortRepublication,
  audit,
  listRepublications,
  Maintenance,
  previewRepublish,
  type RepublishSpan,
  readRepublication,
  requestRepublish,
} from '../index.ts'
import { eventually, relayHarness, silent } from '../relayHarness.ts'
import { switchedProducer } from '../troubledProducer.ts'
import { streams, walHarness } from '../wal/walHarness.ts'
import { reachesBefore } from './republish.ts'
import { republish } from './republisher.ts'

/** An outbox with a relay, and what Kafka has of it. */
async function republishHarness(t: TestContext) {
  const harness = await relayHarness(t)
  const { kafka, topic, pool, states } = harness

  /** Every record, in the order of its partition. */
  async function records() {
    const found: { key: string; id: string; source: string; text: string }[] = []
    for await (const { key, headers, value } of readTopic(kafka, topic)) {
      const text = JSON.stringify([headers, String(value)])
      found.push({ key: key ?? '', id: String(headers.ce_id), source: String(headers.ce_source), text })
    }
    return found
  }

  const sent = (events: number) =>
    eventually(async () => (await states()).E === events, `${events} events sent`)

  async function done(span: RepublishSpan, settleAudit = false) {
    const id = await requestRepublish(pool, span, { settleAudit })
    assert.ok(id !== undefined)
    await eventually(async () => (await readRepublication(pool, id))?.state === 'done', 'the request done')
    return readRepublication(pool, id)
  }

  return { ...harness, records, sent, done }
}

/** Has the cursors pass what is recorded, as a stream that leaves events out would. */
async function passOver(pool: pg.Pool): Promise<void> {
  await pool.query('update outbox.stored_cursor set published = pg_current_snapshot(), epoch = epoch + 1')
}

async function countMissing(pool: pg.Pool): Promise<number> {
  return (await audit(pool)).reduce((sum, { difference }) => sum + Math.abs(difference), 0)
}

test('events that were passed over go out behind later ones, in their order, as they would have, and settle the audit', async (t) => {
  const { startRelay, record, pool, records, sent, done } = await republishHarness(t)
  const lost: RecordedEvent[] = []
  for (let i = 0; i < 6; i++) lost.push(...(await record({ key: i % 2 ? 'a' : 'b', payload: i })))
  await passOver(pool)
  const registry = new Registry()
  startRelay({ pageRows: 2, registry })
  await record({ key: 'a' }, { key: 'b' })
  await sent(8)
  assert.equal((await records()).length, 2)
  assert.equal(await countMissing(pool), 6)

  const span = { fromId: Number(lost[0]?.id), toId: Number(lost.at(-1)?.id) }
  const preview = await previewRepublish(pool, span)
  assert.deepEqual(
    [preview.events, preview.keys, preview.missing, preview.pending, preview.quarantined, preview.dropped],
    [6, 2, 6, 0, 0, undefined],
  )
  assert.equal(preview.firstAt?.getTime(), lost[0]?.createdAt.getTime())
  const end = await done(span, true)
  assert.deepEqual([end?.published, end?.rejected, end?.gone], [6, 0, 0])
  for (const key of ['a', 'b']) {
    const ids = (await records()).filter((each) => each.key === key).map(({ id }) => id)
    const own: string[] = lost.filter((_, i) => (i % 2 ? 'a' : 'b') === key).map(({ eventId }) => eventId)
    assert.deepEqual(ids.slice(1), own, `key ${key}`)
  }
  assert.equal(await countMissing(pool), 0)

  await done(span, true)
  assert.equal(await countMissing(pool), 0, 'settled once')
  const all = await records()
  assert.equal(all.length, 14)
  for (const { id } of all.slice(0, 14)) {
    const texts = new Set(all.filter((each) => each.id === id).map(({ text }) => text))
    assert.equal(texts.size, 1, 'each time with the same headers and payload')
  }
  const metric = await registry.getSingleMetric('relevo_relay_republished_events_total')?.get()
  assert.equal(metric?.values[0]?.value, 12)
})

test('spans by time, by key, by event and by topic have their events and no others', async (t) => {
  const { startRelay, record, pool, records, sent, done, topic } = await republishHarness(t)
  startRelay()
  const events = []
  for (const key of ['a', 'b', 'c', 'a']) events.push(...(await record({ key })))
  await sent(4)
  const [first, second, third, fourth] = events
  assert.ok(first && second && third && fourth)
  // The times of two events may be the same to the millisecond.
  await pool.query("update outbox.event set created_at = created_at + id * interval '1 second'")
  const { rows } = await pool.query('select id, created_at from outbox.event order by id')
  const spans: [RepublishSpan, string[]][] = [
    [{ from: rows[1].created_at, to: rows[3].created_at }, [second.eventId, third.eventId]],
    [{ keys: ['a'] }, [first.eventId, fourth.eventId]],
    [{ eventIds: [third.eventId] }, [third.eventId]],
    [{ topic, toId: Number(first.id) }, [first.eventId]],
    [{ keys: ['a'], fromId: Number(second.id) }, [fourth.eventId]],
  ]
  const expected = events.map(({ eventId }) => eventId)
  for (const [span, ids] of spans) {
    assert.equal((await done(span))?.published, ids.length, JSON.stringify(span))
    expected.push(...ids)
    assert.deepEqual((await records()).map(({ id }) => id).sort(), [...expected].sort(), JSON.stringify(span))
  }
  const unknown = '00000000-0000-4000-8000-000000000000'
  const preview = await previewRepublish(pool, { eventIds: [unknown, first.eventId] })
  assert.deepEqual([preview.events, preview.unknown], [1, [unknown]])
  assert.equal(await requestRepublish(pool, { eventIds: [unknown] }), undefined)
  assert.equal((await listRepublications(pool)).length, spans.length)
})

test('a relay that reads the log publishes again, too', async (t) => {
  const { startWalRelay, record, states, payloads, pool } = await walHarness(t)
  const relay = startWalRelay()
  await streams(relay)
  await record({ key: 'a', payload: 1 }, { key: 'a', payload: 2 })
  await eventually(async () => (await states()).E === 2, 'events sent')
  const id = await requestRepublish(pool, { keys: ['a'] })
  assert.ok(id)
  await eventually(async () => (await readRepublication(pool, id))?.state === 'done', 'the request done')
  assert.deepEqual((await payloads()).get('a'), [1, 2, 1, 2])
  assert.equal(relay.status().stream?.reading, true)
})

/** Lets a relay wait in storing that a page was sent again, when that is not the first; until released. */
async function holdSecondPage(pool: pg.Pool) {
  await pool.query(`
    create function public.hold() returns trigger language plpgsql as $$ begin
      if old.sent > 0 then perform pg_advisory_xact_lock_shared(4711); end if;
      return new;
    end $$;
    create trigger hold before update of last_id on outbox.republish_shard for each row execute function public.hold()`)
  const holder = await pool.connect()
  await holder.query('select pg_advisory_lock(4711)')
  const release = async () => {
    await holder.query('select pg_advisory_unlock_all()')
    holder.release()
  }
  const isWaiting = async () => {
    const { rows } = await pool.query(
      `select from pg_locks l join pg_database d on d.oid = l.database
       where d.datname = current_database() and l.locktype = 'advisory' and l.objid = 4711 and not l.granted`,
    )
    return rows.length > 0
  }
  return { release, isWaiting }
}

test('an aborted request ends with the page under way', async (t) => {
  const { startRelay, record, pool, records, sent } = await republishHarness(t)
  startRelay({ pageRows: 2 })
  for (let i = 0; i < 10; i++) await record({ key: 'k', payload: i })
  await sent(10)
  const { release, isWaiting } = await holdSecondPage(pool)
  let id: number | undefined
  let aborted: Promise<boolean> | undefined
  try {
    id = await requestRepublish(pool, { keys: ['k'] })
    assert.ok(id)
    await eventually(isWaiting, 'a second page sent')
    // The row is the relay's until its statement has ended.
    aborted = abortRepublication(pool, id)
  } finally {
    await release()
  }
  await aborted
  const found = await readRepublication(pool, id)
  assert.ok(
    found?.state === 'aborted' && found.published < 10 && found.openShards === 0,
    JSON.stringify(found),
  )
  await record({ key: 'other' })
  await sent(11)
  const again = (await records()).length - 11
  assert.ok(again >= 4 && again < 10, `${again} events sent again`)
  assert.equal(await abortRepublication(pool, id), false)
})

test('what Kafka rejects permanently is left out and told, and what is behind it in its key goes out', async (t) => {
  const { startRelay, record, records, sent, done, kafka, topic } = await republishHarness(t)
  startRelay()
  await record({ key: 'k', payload: 'x'.repeat(3_000) })
  const [small] = await record({ key: 'k' })
  await sent(2)
  await setTopicConfig(kafka.brokers, topic, { 'max.message.bytes': '1000' })
  const end = await done({ keys: ['k'] })
  assert.deepEqual([end?.published, end?.rejected], [1, 1])
  assert.match(end?.error ?? '', /^event [0-9a-f-]{36}: /)
  assert.equal((await records()).filter(({ id }) => id === small?.eventId).length, 2)
})

test('an event in the quarantine is left out; one that is not sent yet goes out by itself, once', async (t) => {
  const { startRelay, stopRelay, record, pool, records, states, done } = await republishHarness(t)
  const relay = startRelay({ attempts: 1 })
  await record({ key: 'bad', topic: 'not a topic' }, { key: 'k' })
  await eventually(async () => (await states()).X === 1 && (await states()).E === 1, 'one held, one sent')
  await stopRelay(relay)
  await record({ key: 'k' })
  const preview = await previewRepublish(pool, { fromId: 0 })
  assert.deepEqual([preview.events, preview.quarantined, preview.pending], [1, 1, 1])
  startRelay({ attempts: 1 })
  await done({ fromId: 0 })
  await eventually(async () => (await states()).E === 2, 'the other sent')
  const counts = Object.values(Object.groupBy(await records(), ({ id }) => id)).map((of) => of?.length)
  assert.equal(counts.length, 2)
})

test('while Kafka is away publishing again waits, shows where it is, and goes on by itself', async (t) => {
  const { startRelay, record, pool, records, sent, kafka, producer: real } = await republishHarness(t)
  const lost = createProducer({ ...kafka, brokers: ['127.0.0.1:1'] })
  t.after(() => lost.close())
  const warnings: string[] = []
  const logger = { ...silent, warn: (_: object, message: string) => void warnings.push(message) }
  const { producer, use } = switchedProducer(real)
  startRelay({ producer, logger, pageRows: 2, retry: { initialMs: 5, maxMs: 10 } })
  for (let i = 0; i < 5; i++) await record({ key: 'k', payload: i })
  await sent(5)
  use(lost)
  const id = await requestRepublish(pool, { keys: ['k'] })
  assert.ok(id)
  await eventually(() => warnings.some((line) => /again is interrupted/.test(line)), 'a try that failed')
  const waiting = await readRepublication(pool, id)
  assert.deepEqual([waiting?.state, waiting?.published, waiting?.rejected], ['open', 0, 0])
  assert.equal((await records()).length, 5)
  use(real)
  await eventually(async () => (await readRepublication(pool, id))?.state === 'done', 'the request done')
  assert.equal((await readRepublication(pool, id))?.published, 5)
  const texts = (await records()).map(({ text }) => text)
  assert.deepEqual(texts.slice(5), texts.slice(0, 5), 'in their order')
})

test('what retention has dropped is named, where the span reaches back to it', async (t) => {
  const { startRelay, record, pool, sent, topic } = await republishHarness(t)
  startRelay()
  await pool.query(
    `create table outbox.event_20200101 (like outbox.event including defaults including generated)`,
  )
  await pool.query(`alter table outbox.event attach partition outbox.event_20200101
    for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00')`)
  const { rows } = await pool.query(
    `insert into outbox.event (shard, event_id, topic, key, type, payload, created_at)
     values (0, gen_random_uuid(), $1, 'k', 't', '1', '2020-01-01 12:00+00') returning event_id`,
    [topic],
  )
  const [kept] = await record({ key: 'k' })
  await sent(2)
  const maintenance = new Maintenance(pool, silent)
  await eventually(async () => (await maintenance.keep()).length === 1, 'the partition dropped')
  const gone = await previewRepublish(pool, { from: new Date('2020-01-01') })
  assert.equal(gone.events, 1)
  assert.equal(gone.dropped?.beforeId, Number(kept?.id))
  assert.ok(gone.dropped?.before && gone.dropped.before > new Date('2020-01-02'))
  const { unknown } = await previewRepublish(pool, { eventIds: [rows[0].event_id] })
  assert.deepEqual(unknown, [rows[0].event_id])
  assert.equal((await previewRepublish(pool, { fromId: Number(kept?.id) })).dropped, undefined)
})

test('a span that reaches back to dropped partitions says so', () => {
  const oldest = { before: new Date('2026-01-10'), beforeId: 500 }
  const cases: [RepublishSpan, boolean][] = [
    [{ from: new Date('2026-01-09') }, true],
    [{ from: new Date('2026-01-10') }, false],
    [{ fromId: 499 }, true],
    [{ fromId: 500 }, false],
    [{ keys: ['k'] }, true],
  ]
  for (const [span, reaches] of cases)
    assert.equal(reachesBefore(span, oldest), reaches, JSON.stringify(span))
})

test('a page that Kafka takes in part is done up to the first event that is left', async () => {
  const events = [1, 2, 3].map((id) => ({ id, eventId: String(id) })) as Parameters<typeof republish>[0]
  const [one, two, three] = events
  assert.ok(one && two && three)
  const trouble = new Error('away')
  const result = { refused: [], behind: [], trouble }
  const partly = await republish(events, async () => ({ ...result, acknowledged: [one, three] }))
  assert.deepEqual([partly.published, partly.left], [1, { id: 2, trouble }])
  const none = await republish(events, async () => ({ ...result, acknowledged: [] }))
  assert.deepEqual([none.published, none.left?.id], [0, 1])
})
