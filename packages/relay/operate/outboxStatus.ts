import {
  type HeldRow,
  type RelayRow,
  readHeld,
  readRelays,
  readShards,
  type ShardsRow,
} from '../sql/readStatus.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { backlog } from './backlog.ts'

export interface OutboxStatus {
  /** Live relays, with the shards that each holds. */
  relays: { owner: string; shards: number; seenSeconds: number }[]
  shards: number
  /** Shards that no relay holds. */
  freeShards: number
  /** `wal` while the write-ahead log is read, otherwise `table`. */
  source: 'wal' | 'table'
  /** Waiting events, counted up to 100,000, without those in the quarantine; and the age of the oldest. */
  backlog: { events: number; oldestSeconds: number }
  /** The error of the shard that has been failing for longest; undefined if none fails. */
  failing:
    | { shard: number; topic: string | undefined; error: string; since: Date; attempts: number }
    | undefined
  /** Topics, or partitions of them (-1: all), that Kafka rejects. */
  heldTopics: { topic: string; partition: number; keys: number; code: string; error: string; since: Date }[]
  /** Keys that wait for an operator. */
  quarantinedKeys: number
  /** Problems and what to do, the most urgent first; empty if the outbox is healthy. */
  problems: string[]
}

/** The state of an outbox, from its database. Errors: pg's. */
export async function outboxStatus(client: SqlClient): Promise<OutboxStatus> {
  const relays = await query<RelayRow>(client, readRelays)
  const [shards] = await query<ShardsRow>(client, readShards)
  const held = await query<HeldRow>(client, readHeld)
  const { events, oldest_seconds: oldestSeconds } = await backlog(client)
  const facts = {
    relays: relays.map(({ owner, shards: count, seen_seconds: seenSeconds }) => {
      return { owner, shards: count, seenSeconds }
    }),
    shards: shards?.shards ?? 0,
    freeShards: (shards?.shards ?? 0) - relays.reduce((sum, relay) => sum + relay.shards, 0),
    source: shards?.streaming ? ('wal' as const) : ('table' as const),
    backlog: { events, oldestSeconds },
    failing: failingOf(shards),
    heldTopics: held.flatMap(({ topic, partition, keys, code, error, since }) =>
      topic === null ? [] : [{ topic, partition, keys, code, error, since }],
    ),
    quarantinedKeys: held.reduce((sum, { quarantined }) => sum + quarantined, 0),
  }
  return { ...facts, problems: findProblems(facts) }
}

function failingOf(row: ShardsRow | undefined): OutboxStatus['failing'] {
  if (!row || row.shard === null || row.failing_since === null) return undefined
  const { shard, topic, error, failing_since: since, attempts } = row
  return { shard, topic: topic ?? undefined, error: error ?? '', since, attempts: attempts ?? 0 }
}

const slowSeconds = 60

/** The problems of an outbox in this state, and what to do. */
export function findProblems(status: Omit<OutboxStatus, 'problems'>): string[] {
  const { relays, shards, freeShards, backlog: waiting, failing, heldTopics, quarantinedKeys } = status
  const problems: string[] = []
  if (relays.length === 0) problems.push('No relay lives: start one (npm start, or scale the deployment up).')
  else if (freeShards > 0)
    problems.push(
      `${freeShards} of ${shards} shards are held by no relay; a living one takes them within seconds.`,
    )
  if (failing)
    problems.push(
      `Shard ${failing.shard} has failed since ${failing.since.toISOString()} (${failing.attempts} tries${failing.topic === undefined ? '' : `, topic ${failing.topic}`}): ${failing.error}. Tries go on; check Kafka and the way to it.`,
    )
  for (const { topic, partition, keys, code, error, since } of heldTopics)
    problems.push(
      `${partition < 0 ? `Topic ${topic}` : `Partition ${partition} of topic ${topic}`} has been rejected since ${since.toISOString()} (${code}): ${error}. ${keys} keys wait, and are sent once Kafka takes it.`,
    )
  if (quarantinedKeys > 0)
    problems.push(
      `${quarantinedKeys} keys wait for a decision: see \`relevo quarantine\`, then redrive, skip or discard them.`,
    )
  if (problems.length === 0 && waiting.oldestSeconds > slowSeconds)
    problems.push(
      `The oldest event has waited for ${Math.round(waiting.oldestSeconds)} s: the relays are behind.`,
    )
  return problems
}
