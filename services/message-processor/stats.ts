import type { Inbox } from '@relevo/inbox'
import type { Admin } from '@relevo/kafka'
import type pg from 'pg'
import { countMessages } from './sql/countMessages.ts'

export interface StatsParts {
  pool: pg.Pool
  inbox: Inbox
  admin: Admin
  groupId: string
  topic: string
}

const countLimit = 100_000
const lagTimeoutMs = 2_000

/** What the processor has done, as GET /stats answers it. */
export async function findStats({ pool, inbox, admin, groupId, topic }: StatsParts) {
  const { rows } = await pool.query<{ count: number }>(countMessages, [countLimit])
  const { processed, duplicates, ignored, retries, deadLetters, held, lastProcessedAt } = inbox.stats()
  return {
    total: rows[0]?.count ?? 0,
    group_id: groupId,
    topic,
    lag: await readLag(admin, groupId, topic),
    processed,
    duplicates,
    ignored,
    retries,
    held,
    dead_letters: deadLetters,
    ...(lastProcessedAt !== undefined && { last_processed_at: new Date(lastProcessedAt) }),
  }
}

/** Null when Kafka does not tell in time. */
async function readLag(admin: Admin, groupId: string, topic: string): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), lagTimeoutMs)
  })
  const lag = admin.groupLag(groupId, [topic]).then(
    (partitions) => partitions.reduce((sum, partition) => sum + partition.lag, 0),
    () => null,
  )
  const result = await Promise.race([lag, late])
  clearTimeout(timer)
  return result
}
