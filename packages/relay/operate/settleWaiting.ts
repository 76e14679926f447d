import { backoffMs } from '@relevo/backoff'
import { countByShard } from '../publish/laneStore.ts'
import { heldPartition, type PublishResult, type Refusal } from '../publish/publishEvents.ts'
import { endQuarantines, recordRefusals, removeAcknowledged } from '../sql/quarantine.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import type { QuarantineOptions } from './quarantine.ts'
import type { KeyOfShard } from './waitingKeys.ts'

export interface Settled {
  /** Keys without waiting events. */
  ended: KeyOfShard[]
  /** Those that wait for an operator from now on. */
  quarantined: Refusal[]
}

export interface Waiting {
  /** Of the events that were published. */
  keys: readonly KeyOfShard[]
  epochs: ReadonlyMap<number, bigint>
  /** How often the first event of each key was refused before. */
  attempts: number
  result: PublishResult
  options: Pick<QuarantineOptions, 'attempts' | 'retry'>
}

/** Stores the outcome of events that waited in the quarantine. */
export async function settleWaiting(client: SqlClient, waiting: Waiting): Promise<Settled> {
  const { epochs, result } = waiting
  const epochOf = ({ shard }: { shard: number }) => String(epochs.get(shard))
  if (result.acknowledged.length > 0) {
    const counts = [...countByShard(result.acknowledged)]
    await query(client, removeAcknowledged, [
      counts.map(([shard]) => shard),
      counts.map(([shard]) => epochOf({ shard })),
      counts.map(([, events]) => events),
      result.acknowledged.map(({ id }) => id),
    ])
  }
  const quarantined = await storeRefusals(client, waiting, epochOf)
  const refused = new Set(result.refused.map(({ event }) => event.key))
  const rest = [...new Map(waiting.keys.map((key) => [key.key, key])).values()]
  const done = result.trouble ? [] : rest.filter(({ key }) => !refused.has(key))
  if (done.length === 0) return { ended: [], quarantined }
  const values = [done.map(({ shard }) => shard), done.map(epochOf), done.map(({ key }) => key)]
  return { ended: await query<KeyOfShard>(client, endQuarantines, values), quarantined }
}

async function storeRefusals(
  client: SqlClient,
  { attempts: before, result, options }: Waiting,
  epochOf: (key: { shard: number }) => string,
): Promise<Refusal[]> {
  const { refused } = result
  if (refused.length === 0) return []
  // The attempts belong to the previous first event.
  const moved = new Set(result.acknowledged.map(({ key }) => key))
  const attempts = refused.map(({ event }) => (moved.has(event.key) ? 1 : before + 1))
  const isOver = ({ error }: Refusal, index: number) =>
    error.scope === 'record' && (attempts[index] ?? 0) >= options.attempts
  await query(client, recordRefusals, [
    refused.map(({ event }) => event.shard),
    refused.map(({ event }) => epochOf(event)),
    refused.map(({ event }) => event.key),
    refused.map(({ event }) => event.id),
    attempts,
    refused.map((refusal, index) => (isOver(refusal, index) ? 'quarantined' : 'retrying')),
    attempts.map((tries) => backoffMs(tries, options.retry)),
    refused.map(({ error }) => error.code),
    refused.map(({ error }) => error.message),
    refused.map(({ error }) => error.scope),
    refused.map(({ event }) => event.topic),
    refused.map(({ error }) => heldPartition(error)),
  ])
  return refused.filter(isOver)
}
