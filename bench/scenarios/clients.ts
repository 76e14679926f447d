import type { OutgoingRecord } from '@relevo/kafka'
import type { Values } from '../measurement.ts'
import { messageRecord } from '../messageRecord.ts'
import { type KafkaProducer, kafkaProducers } from '../peers/kafkaProducers.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { latencies } from '../statistics.ts'
import { withOutbox } from '../withOutbox.ts'

const records = 20_000
const batchSizes = [500, 1_000]

export const clients: Scenario = {
  name: 'clients',
  chapter: 'peers',
  title: 'Kafka clients',
  description: `${records.toLocaleString('en-US')} events of 300 bytes with 7 headers, sent in batches, each awaited (acks=all), as the relay does for a
shard. CPU is the client's own.`,
  columns: [
    { key: 'recordsPerSecond', title: 'records/s' },
    { key: 'cpuMicros', title: 'CPU, µs/record', digits: 1 },
    { key: 'batchP50', title: 'p50 ms', digits: 1 },
    { key: 'batchP95', title: 'p95 ms', digits: 1 },
  ],
  variants: batchSizes.flatMap((size) =>
    Object.entries(kafkaProducers).map(([name, create]) => variant(name, create, size)),
  ),
}

function variant(name: string, create: (brokers: readonly string[]) => KafkaProducer, size: number): Variant {
  return {
    name: `${name}, batches of ${size}`,
    budgetMs: 60_000,
    measure: (run) => sendBatches(run, create, size),
  }
}

async function sendBatches(
  run: Run,
  create: (brokers: readonly string[]) => KafkaProducer,
  size: number,
): Promise<Values> {
  return withOutbox(run.bed, async ({ topic }) => {
    const producer = create(run.bed.brokers)
    try {
      const batch = Array.from({ length: size }, (_, number) =>
        messageRecord(topic, number, `key-${number % 97}`),
      )
      await sendAll(producer, batch, run.signal) // compilers have seen the code
      return await sendAll(producer, batch, run.signal)
    } finally {
      await producer.close()
    }
  })
}

async function sendAll(
  producer: KafkaProducer,
  batch: readonly OutgoingRecord[],
  signal: AbortSignal,
): Promise<Values> {
  const times: number[] = []
  const cpu = process.cpuUsage()
  const begun = performance.now()
  for (let sent = 0; sent < records; sent += batch.length) {
    signal.throwIfAborted()
    const start = performance.now()
    await producer.send(batch)
    times.push(performance.now() - start)
  }
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return {
    recordsPerSecond: records / seconds,
    cpuMicros: (user + system) / records,
    ...latencies('batch', times),
  }
}
