import { listTakenTopics, previewRewind, type RewoundPartition, rewindConsumer } from '@relevo/inbox'
import { type Admin, createAdmin, KafkaError } from '@relevo/kafka'
import type { Command } from 'commander'
import { exitCodes, inboxes, type Session, UsageError } from '../command.ts'
import { kafkaOf } from '../kafka.ts'
import type { Runner } from '../runCommand.ts'
import { table } from '../table.ts'
import type { Target } from '../target.ts'
import { time } from '../time.ts'

interface RewindOptions {
  readonly group: string
  readonly to: string
  readonly apply?: boolean
}

export function addRewind(program: Command, run: Runner): void {
  const inbox = program.command('inbox').description('where consumers go on')
  inbox
    .command('rewind')
    .description(
      'sets a group to a time, after its database was restored; without --apply, shows what it would do',
    )
    .requiredOption('--group <group>', 'the consumer group, whose consumers must be stopped')
    .requiredOption('--to <time>', 'records from then on are taken again: ISO 8601')
    .option('--apply', 'do it')
    .action(run(rewind))
}

async function rewind(session: Session, { group, to, apply = false }: RewindOptions): Promise<number> {
  const since = time(to)
  const { target, topics } = await findConsumer(session, group)
  const admin = createAdmin(kafkaOf(session.environment))
  try {
    const partitions = await previewRewind(admin, { consumer: group, topics, to: since })
    if (apply) await applyTo(admin, target, group, partitions)
    tell(session, partitions, apply)
    return exitCodes.done
  } finally {
    await admin.close()
  }
}

async function findConsumer(session: Session, group: string): Promise<{ target: Target; topics: string[] }> {
  for (const target of inboxes(session)) {
    const topics = await listTakenTopics(target.pool, group)
    if (topics.length > 0) return { target, topics }
  }
  throw new UsageError(
    `No inbox knows a group ${group}: it has taken nothing. Its consumer says its name at /stats.`,
  )
}

async function applyTo(
  admin: Admin,
  { pool }: Target,
  group: string,
  partitions: readonly RewoundPartition[],
): Promise<void> {
  try {
    await rewindConsumer(admin, pool, group, partitions)
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'groupInUse') throw error
    throw new UsageError(
      `Group ${group} has members. Stop its consumers (kubectl scale --replicas=0, or end npm start), wait 15 s, and try again.`,
    )
  }
}

function tell({ output, json }: Session, partitions: readonly RewoundPartition[], applied: boolean): void {
  const rows = partitions.map(({ topic, partition, from, to }) => {
    return [topic, String(partition), String(from ?? '-'), String(to)]
  })
  if (json) {
    const parts = rows.map(([topic, partition, from, to]) => ({ topic, partition, from, to }))
    output.out(JSON.stringify({ applied, partitions: parts }))
    return
  }
  output.out(table([['topic', 'partition', 'goes on at', applied ? 'now at' : 'would go on at'], ...rows]))
  output.out(applied ? 'Done. Start the consumers again.' : 'Nothing was changed. Do it with --apply.')
}
