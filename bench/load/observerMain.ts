// A consumer that notes when it sees each event of a topic: one fetch over all partitions that is answered as soon as
// there is a byte, without a group. Told `{ expect: n }` it reports once it has seen n events, or none for 10 s.
import { Connection, fetchV12 } from '@platformatic/kafka'
import { machineNow, numberOfEvent, type ObserverReport } from './loadContract.ts'

const fetchBytes = 8 << 20
const maxWaitMs = 100
const patienceMs = 10_000

const [broker = '', topic = '', partitions = '', idHeaderName = ''] = process.argv.slice(2)
const idHeader = Buffer.from(idHeaderName)
const offsets = Array.from({ length: Number(partitions) }, () => 0n)
const observedAt: number[] = []
let seen = 0
let twice = 0
let expected: number | undefined
let deadline = Number.POSITIVE_INFINITY

process.on('message', ({ expect }: { expect: number }) => {
  expected = expect
  deadline = performance.now() + patienceMs
})
process.on('disconnect', () => process.exit())

async function main(): Promise<void> {
  const connection = new Connection('bench-observer')
  const [host = '', port = ''] = broker.split(':')
  await connection.connect(host, Number(port))
  while (!(expected !== undefined && seen >= expected) && performance.now() < deadline)
    await fetch(connection)
  await connection.close()
  const report: ObserverReport = { seen, twice, observedAt: Float64Array.from(observedAt) }
  process.send?.(report)
}

async function fetch(connection: Connection): Promise<void> {
  const wanted = offsets.map((fetchOffset, partition) => ({
    partition,
    fetchOffset,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    partitionMaxBytes: fetchBytes,
  }))
  const topics = [{ topicId: topic, partitions: wanted }]
  const answer = await fetchV12.api.async(connection, maxWaitMs, 1, fetchBytes, 0, 0, -1, topics, [], '')
  const now = machineNow()
  for (const { partitionIndex, records } of answer.responses[0]?.partitions ?? []) {
    for (const batch of records ?? []) {
      offsets[partitionIndex] = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
      for (const record of batch.records ?? []) note(record.headers, now)
    }
  }
}

function note(headers: [Buffer | null, Buffer | null][], now: number): void {
  const id = headers.find(([name]) => name?.equals(idHeader))?.[1]?.toString() ?? ''
  const n = numberOfEvent(id)
  if (observedAt[n] !== undefined) {
    twice += 1
    return
  }
  seen += 1
  if (expected !== undefined) deadline = performance.now() + patienceMs
  observedAt[n] = now
}

await main()
