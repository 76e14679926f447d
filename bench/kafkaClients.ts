// Compares the producers of kafkajs, of @platformatic/kafka and of packages/kafka on one broker, interleaved.
//   npx node bench/kafkaClients.ts          an embedded Kafka, or the one named by RELEVO_TEST_KAFKA_BROKERS
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { Producer, stringSerializers } from '@platformatic/kafka'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import { createAdmin, createProducer, type OutgoingRecord, partitionOf } from '@relevo/kafka'
import kafkajs from 'kafkajs'

const rounds = 5
const recordsARound = 20_000
const partitions = 6
const batchSizes = [500, 1000]

interface Arm {
  readonly name: string
  send(records: readonly OutgoingRecord[]): Promise<unknown>
  close(): Promise<unknown>
}

interface Sample {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p50: number
  readonly p95: number
}

const named = process.env.RELEVO_TEST_KAFKA_BROKERS
const directory = temporaryDirectory()
const embedded = named ? undefined : await startKafka({ directory })
const brokers = named?.split(',') ?? embedded?.brokers ?? []
const topic = `bench-${randomUUID()}`
const admin = createAdmin({ brokers, clientId: 'bench' })
await admin.ensureTopics([{ topic, partitions }])
const arms = [kafkajsArm(), platformaticArm(), portArm()]

console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), shared with the broker`)
console.log(
  `acks=all, ${partitions} partitions, events of 300 bytes with 7 headers, ${rounds} rounds of ${recordsARound}\n`,
)
console.log(
  '| batch | client | records/s (median, min-max) | CPU of the client, µs/record | p50 ms | p95 ms |',
)
console.log('|---|---|---|---|---|---|')
for (const size of batchSizes) await compare(size)

await Promise.all(arms.map((arm) => arm.close()))
await admin.close()
await embedded?.kill()
rmSync(directory, { recursive: true, force: true })

async function compare(size: number): Promise<void> {
  const batch = Array.from({ length: size }, (_, i) => event(i))
  for (const arm of arms) await measure(arm, batch) // warm up
  const samples = new Map<Arm, Sample[]>(arms.map((arm) => [arm, []]))
  for (let round = 0; round < rounds; round++) {
    for (const arm of arms) samples.get(arm)?.push(await measure(arm, batch))
  }
  for (const [arm, all] of samples) {
    const rates = all.map((sample) => sample.perSecond).toSorted((a, b) => a - b)
    const range = `${round(median(rates))} (${round(rates[0])}-${round(rates.at(-1))})`
    const column = (pick: (sample: Sample) => number) => median(all.map(pick)).toFixed(1)
    const figures = [column((s) => s.cpuMicros), column((s) => s.p50), column((s) => s.p95)]
    console.log(`| ${size} | ${arm.name} | ${range} | ${figures.join(' | ')} |`)
  }
}

/** One batch after the other, each awaited: what the relay does for a shard. */
async function measure(arm: Arm, batch: readonly OutgoingRecord[]): Promise<Sample> {
  const times: number[] = []
  const cpu = process.cpuUsage()
  const begun = performance.now()
  for (let sent = 0; sent < recordsARound; sent += batch.length) {
    const start = performance.now()
    await arm.send(batch)
    times.push(performance.now() - start)
  }
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  const quantile = (q: number) => times[Math.floor(times.length * q)] ?? 0
  return {
    perSecond: recordsARound / seconds,
    cpuMicros: (user + system) / recordsARound,
    p50: quantile(0.5),
    p95: quantile(0.95),
  }
}

function portArm(): Arm {
  const producer = createProducer({ brokers, clientId: 'bench' })
  return { name: 'packages/kafka', send: producer.send, close: producer.close }
}

function platformaticArm(): Arm {
  const options = { clientId: 'bench', bootstrapBrokers: brokers, serializers: stringSerializers }
  const producer = new Producer({ ...options, idempotent: false })
  const send = (records: readonly OutgoingRecord[]) =>
    producer.send({
      acks: -1,
      messages: records.map((record) => ({
        topic: record.topic,
        partition: partitionOf(String(record.key), partitions),
        key: String(record.key),
        value: String(record.value),
        headers: { ...record.headers },
        timestamp: BigInt(record.timestamp ?? 0),
      })),
    })
  return { name: '@platformatic/kafka', send, close: () => producer.close() }
}

function kafkajsArm(): Arm {
  const client = new kafkajs.Kafka({ clientId: 'bench', brokers, logLevel: kafkajs.logLevel.ERROR })
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  const connected = producer.connect()
  const send = async (records: readonly OutgoingRecord[]) => {
    await connected
    const messages = records.map(({ key, value, headers, timestamp }) => ({
      key: String(key),
      value: String(value),
      headers: { ...headers },
      timestamp: String(timestamp),
    }))
    return producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] })
  }
  return { name: 'kafkajs', send, close: () => producer.disconnect() }
}

function event(i: number): OutgoingRecord {
  const now = new Date()
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_type: 'message.created',
    ce_source: '/messages',
    ce_time: now.toISOString(),
    'content-type': 'application/json',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }
  const value = JSON.stringify({ id: i, content: '' })
  const content = 'x'.repeat(300 - value.length)
  return {
    topic,
    key: `key-${i % 97}`,
    value: JSON.stringify({ id: i, content }),
    headers,
    timestamp: now.getTime(),
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function round(value: number | undefined): string {
  return Math.round(value ?? 0).toLocaleString('en')
}
