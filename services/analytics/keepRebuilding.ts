import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { InboxError, receiveRecord } from '@relevo/inbox'
import { type Admin, type ConsumedRecord, type KafkaConfig, readTopic } from '@relevo/kafka'
import { inTransaction, type Logger } from '@relevo/kit'
import type pg from 'pg'
import { type Contribution, type CountSettings, toContribution } from './domain/contribution.ts'
import { readClock } from './sql/readClock.ts'
import {
  advanceRebuild,
  claimRebuild,
  endRebuild,
  listRebuildPartitions,
  noteRebuildError,
  planRebuild,
  type RebuildPartition,
} from './sql/rebuilds.ts'
import { releaseTouched } from './sql/touchWindows.ts'
import { countingHandlers, takeContributions } from './takeContributions.ts'

export interface RebuildParts {
  readonly pool: pg.Pool
  readonly admin: Pick<Admin, 'topicOffsets'>
  readonly kafka: KafkaConfig
  readonly topics: readonly string[]
  readonly settings: CountSettings
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Default 2 s. */
  readonly lookEveryMs?: number
  /** Records in a transaction; default 500. */
  readonly pageRecords?: number
}

const leaseSeconds = 30

/** Does the rebuilds that are asked for, until the signal. Never rejects; one that breaks off goes on where it was. */
export async function keepRebuilding(parts: RebuildParts): Promise<void> {
  const { pool, logger, signal, lookEveryMs = 2_000 } = parts
  const owner = randomUUID()
  while (!signal.aborted) {
    let id: string | undefined
    try {
      id = await claimRebuild(pool, owner, leaseSeconds)
      if (id !== undefined) await rebuild(parts, owner, id)
    } catch (err) {
      logger.warn({ err, rebuild: id }, 'the rebuild cannot go on just now')
      if (id !== undefined) await noteRebuildError(pool, id, String(err)).catch(() => {})
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => {})
  }
}

/**
 * Reads from Kafka again what there was when it began, beside the live events, and stores what each adds. A contribution
 * that is there so stays as it is, one that Kafka does not have any more too; windows are looked at again at the end.
 */
async function rebuild(parts: RebuildParts, owner: string, id: string): Promise<void> {
  const { pool, admin, topics, signal, logger } = parts
  if ((await listRebuildPartitions(pool, id)).length === 0)
    await planRebuild(pool, id, await admin.topicOffsets(topics))
  for (const topic of topics) if (!(await rebuildTopic(parts, owner, id, topic))) return
  if (signal.aborted) return
  await inTransaction(pool, async (client) => {
    await endRebuild(client, id)
    await releaseTouched(client, id)
  })
  logger.info({ rebuild: id }, '📊 The windows are rebuilt from Kafka')
}

/** False when another process has gone on with it, or this one stops. */
async function rebuildTopic(parts: RebuildParts, owner: string, id: string, topic: string): Promise<boolean> {
  const { pool, kafka, signal } = parts
  const all = await listRebuildPartitions(pool, id)
  const places = new Map(all.filter((each) => each.topic === topic).map((each) => [each.partition, each]))
  const from = ({ partition, end }: { partition: number; end: bigint }) => places.get(partition)?.next ?? end
  for await (const page of pagesOf(
    readTopic(kafka, topic, { from, signal }),
    places,
    parts.pageRecords ?? 500,
  )) {
    const place = places.get(page.partition) as RebuildPartition
    const next = page.last.offset + 1n
    if (!(await takePage(parts, { owner, id, place, next, records: page.records }))) return false
    places.set(page.partition, { ...place, next })
  }
  if (signal.aborted) return false
  // What is left are records of Kafka's own, and what retention has removed meanwhile.
  for (const place of places.values())
    if (
      place.next < place.end &&
      !(await takePage(parts, { owner, id, place, next: place.end, records: [] }))
    )
      return false
  return true
}

interface RecordPage {
  readonly partition: number
  readonly last: ConsumedRecord
  readonly records: readonly ConsumedRecord[]
}

/** The records below the ends, in pages of one partition each. */
async function* pagesOf(
  records: AsyncIterable<ConsumedRecord>,
  places: ReadonlyMap<number, RebuildPartition>,
  size: number,
): AsyncGenerator<RecordPage> {
  let page: ConsumedRecord[] = []
  const flush = (): RecordPage[] => {
    const last = page.at(-1)
    const full = page
    page = []
    return last ? [{ partition: last.partition, last, records: full }] : []
  }
  for await (const record of records) {
    if (page.length >= size || (page[0] && page[0].partition !== record.partition)) yield* flush()
    if (record.offset < (places.get(record.partition)?.end ?? 0n)) page.push(record)
  }
  yield* flush()
}

interface Page {
  readonly owner: string
  readonly id: string
  readonly place: RebuildPartition
  readonly next: bigint
  readonly records: readonly ConsumedRecord[]
}

async function takePage(parts: RebuildParts, page: Page): Promise<boolean> {
  const { owner, id, place, next, records } = page
  return inTransaction(parts.pool, async (client) => {
    if ((await claimRebuild(client, owner, leaseSeconds)) !== id) return false
    const contributions = readContributions(records, await readClock(client), parts.settings)
    const counts = await takeContributions(client, contributions, { rebuildId: id })
    const rejected = records.length - contributions.length
    const { topic, partition, next: from } = place
    return advanceRebuild(client, id, { topic, partition, from, next, rejected, ...counts })
  })
}

/** What the records add: of those that the consumer would give up, nothing. */
function readContributions(
  records: readonly ConsumedRecord[],
  now: Date,
  settings: CountSettings,
): Contribution[] {
  const handlers = countingHandlers(settings)
  const options = { handlers, onUnknownType: 'ignore', bounds: { recordBytes: 2_097_152 } } as const
  return records.flatMap((record) => {
    const received = receiveRecord(record, options)
    return received.kind === 'event' ? (tryContribution(received.event, now, settings) ?? []) : []
  })
}

function tryContribution(...given: Parameters<typeof toContribution>): Contribution | undefined {
  try {
    return toContribution(...given)
  } catch (error) {
    if (error instanceof InboxError && error.code === 'rejected') return undefined
    throw error
  }
}
