import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from '@relevo/kafka'
import type { Subscription } from './subscription.ts'

interface StatsParts {
  readonly subscriptions: readonly Subscription[]
  readonly admin: Admin
  readonly topic: string
}

const lagTimeoutMs = 2_000

/** What each channel has done, as GET /channels answers it. */
export function describeChannels({ subscriptions, admin, topic }: StatsParts): Promise<object[]> {
  return Promise.all(
    subscriptions.map(async ({ channel, groupId, inbox, problem }) => {
      const { processed, duplicates, retries, held, deadLetters, lastProcessedAt } = inbox.stats()
      return {
        channel,
        group_id: groupId,
        problem: problem() ?? null,
        lag: await readLag(admin, groupId, topic),
        processed,
        duplicates,
        retries,
        held,
        dead_letters: deadLetters,
        ...(lastProcessedAt !== undefined && { last_processed_at: new Date(lastProcessedAt) }),
      }
    }),
  )
}

/** Null when Kafka does not tell in time. */
async function readLag(admin: Admin, groupId: string, topic: string): Promise<number | null> {
  const bound = new AbortController()
  const late = delay(lagTimeoutMs, null, { signal: bound.signal }).catch(() => null)
  const lag = admin.groupLag(groupId, [topic]).then(
    (partitions) => partitions.reduce((sum, partition) => sum + partition.lag, 0),
    () => null,
  )
  return Promise.race([lag, late]).finally(() => bound.abort())
}
