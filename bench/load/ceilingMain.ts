// The bare ceiling of a relay: reads the events of an outbox by id and publishes them through the same producer, one
// page while the next is read, and keeps no record of how far it got. Tells its parent when it is done.
import { createProducer, type OutgoingRecord } from '@relevo/kafka'
import pg from 'pg'

const pageRows = 1_000
const page = {
  name: 'bench_page',
  text: `select id, event_id, topic, key, type, payload::text, created_at::text
    from outbox.event where id > $1 order by id limit ${pageRows}`,
  rowMode: 'array' as const,
}

type Row = [
  id: string,
  eventId: string,
  topic: string,
  key: string,
  type: string,
  payload: string,
  at: string,
]

// So that what it used can still be looked at, it stays until its parent lets go of it.
process.on('disconnect', () => process.exit())

const [databaseUrl = '', broker = ''] = process.argv.slice(2)
const client = new pg.Client({ connectionString: databaseUrl, options: '-c timezone=UTC' })
const producer = createProducer({ brokers: [broker], clientId: 'bench-ceiling' })

async function main(): Promise<void> {
  await Promise.all([client.connect(), producer.connect()])
  let sent = 0
  let first: { count: number; at: number } | undefined
  for (let rows = await read('0'); rows.length > 0; ) {
    const next = read(rows.at(-1)?.[0] ?? '0')
    await producer.send(rows.map(toRecord))
    sent += rows.length
    first ??= { count: sent, at: performance.now() }
    rows = await next
  }
  const seconds = first ? (performance.now() - first.at) / 1_000 : 0
  process.send?.({ sent, first: first?.count ?? 0, seconds, cpuSeconds: cpuSeconds() })
  await Promise.all([client.end(), producer.close()])
}

async function read(after: string): Promise<Row[]> {
  const { rows } = await client.query<Row>({ ...page, values: [after] })
  return rows
}

function toRecord([id, eventId, topic, key, type, payload, at]: Row): OutgoingRecord {
  const time = `${at.slice(0, 10)}T${at.slice(11, -3)}Z`
  const headers = {
    ce_specversion: '1.0',
    ce_id: eventId,
    ce_type: type,
    ce_source: '/relevo',
    ce_time: time,
    ce_outboxid: id,
    'content-type': 'application/json',
  }
  return { topic, key, value: payload, headers }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

await main()
