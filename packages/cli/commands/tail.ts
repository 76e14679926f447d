import { type ConsumedRecord, createAdmin, readTopic } from '@relevo/kafka'
import type { Command } from 'commander'
import { exitCodes, type Session, UsageError } from '../command.ts'
import { kafkaOf } from '../kafka.ts'
import type { Runner } from '../runCommand.ts'

interface TailOptions {
  readonly last: string
  readonly follow?: boolean
  readonly key?: string
}

export function addTail(program: Command, run: Runner): void {
  program
    .command('tail <topic>')
    .description('records of a topic, decoded, a line each')
    .option('-n, --last <n>', 'begin so many records before the end of each partition', '10')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--key <key>', 'only records with this key')
    .action(run(tail, { databases: false }))
}

async function tail(
  session: Session,
  topic: string,
  { last, follow = false, key }: TailOptions,
): Promise<number> {
  if (!/^\d{1,9}$/.test(last)) throw new UsageError(`--last takes a whole number, not ${last}.`)
  const { output, signal, environment } = session
  const kafka = kafkaOf(environment)
  await requireTopic(kafka, topic)
  const from = ({ end }: { end: bigint }) => end - BigInt(last)
  for await (const record of readTopic(kafka, topic, { from, follow, signal }))
    if (key === undefined || record.key?.toString() === key)
      output.out(session.json ? JSON.stringify(parts(record)) : line(record))
  return exitCodes.done
}

async function requireTopic(kafka: ReturnType<typeof kafkaOf>, topic: string): Promise<void> {
  const admin = createAdmin(kafka)
  try {
    const topics = (await admin.listTopics()).map((each) => each.topic)
    if (!topics.includes(topic))
      throw new UsageError(`There is no topic ${topic}. There are: ${topics.join(', ')}`)
  } finally {
    await admin.close()
  }
}

function parts({ partition, offset, timestamp, key, headers, value }: ConsumedRecord) {
  const time = new Date(timestamp).toISOString()
  return {
    partition,
    offset: String(offset),
    time,
    key: key?.toString() ?? null,
    headers,
    value: value?.toString() ?? null,
  }
}

function line(record: ConsumedRecord): string {
  const { partition, offset, time, key, headers, value } = parts(record)
  return `${time} ${partition}:${offset} ${headers.ce_type ?? '-'} ${key ?? '-'} ${value ?? '(tombstone)'}`
}
