import { setTimeout as delay } from 'node:timers/promises'
import { readLag } from '@relevo/inbox'
import type { Admin, PartitionLag } from '@relevo/kafka'
import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import { Counter, type Registry } from 'prom-client'
import { closeWindows, logReports, type WindowSettings } from './closeWindows.ts'
import { leastWatermark, type PartitionState } from './domain/watermark.ts'
import { readClock } from './sql/readClock.ts'
import { listWatermarks, noteWaiting, type WatermarkRow } from './sql/watermarks.ts'

export interface ClosingParts {
  readonly pool: pg.Pool
  readonly admin: Admin
  readonly groupId: string
  readonly topics: readonly string[]
  readonly settings: WindowSettings & { readonly holdSeconds: number; readonly currency: string }
  readonly logger: Logger
  readonly registry: Registry
  readonly signal: AbortSignal
  /** Default 1 s. */
  readonly lookEveryMs?: number
}

/** Closes and revises windows until the signal. Never rejects; what fails is tried at the next look. */
export async function keepClosing(parts: ClosingParts): Promise<void> {
  const { pool, settings, logger, signal, lookEveryMs = 1_000 } = parts
  const reported = reportCounter(parts.registry)
  let clock: Clock | undefined
  while (!signal.aborted) {
    try {
      const since = clock?.since ?? (await readClock(pool))
      const before = clock ?? { since, heard: since }
      clock = before
      const reports = await closeWindows(pool, settings, async () => {
        const { at, heard } = await findWatermark(parts, before)
        clock = { since, heard }
        return at
      })
      logReports(logger, reports, settings.currency)
      for (const { revision } of reports) reported.inc({ kind: revision === 1 ? 'first' : 'revision' })
    } catch (err) {
      if (!signal.aborted) logger.warn({ err }, 'windows cannot be closed just now')
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => {})
  }
}

function reportCounter(registry: Registry): Counter<'kind'> {
  return new Counter({
    name: 'relevo_analytics_reports_total',
    help: 'Reports of closed windows by this process: the first of each, and revisions',
    labelNames: ['kind'],
    registers: [registry],
  })
}

interface Clock {
  /** When this process began: partitions get their time to move after a standstill of the service. */
  readonly since: Date
  /** When Kafka last told how far the consumers are; at first when the process began. */
  readonly heard: Date
}

interface Found {
  readonly at: Date | undefined
  readonly heard: Date
}

async function findWatermark(parts: ClosingParts, { since, heard }: Clock): Promise<Found> {
  const { pool, admin, groupId, topics, settings, logger } = parts
  // Before Kafka is asked: what comes to a partition of which everything is taken was sent after it.
  const now = await readClock(pool)
  const holdMs = settings.holdSeconds * 1_000
  const rows = await listWatermarks(pool, topics)
  const lag = await readLag(admin, groupId, topics)
  if (lag === undefined) {
    logger.warn({ groupId }, 'Kafka does not tell what is left to be read')
    const waits = rows.length === 0 || heard.getTime() + holdMs > now.getTime()
    return { at: waits ? undefined : now, heard }
  }
  const partitions = toStates(lag.partitions, rows, now)
  const firsts = partitions.filter(({ behind, movedAt }) => behind && movedAt === now)
  await noteWaiting(pool, firsts)
  const { at, stuck } = leastWatermark(partitions, { now, since, holdMs })
  for (const { topic, partition, movedAt } of stuck)
    logger.warn(
      { topic, partition, movedAt },
      'a partition is behind and does not move: windows close without it',
    )
  return { at, heard: now }
}

function toStates(lags: readonly PartitionLag[], rows: readonly WatermarkRow[], now: Date): PartitionState[] {
  const known = new Map(rows.map((row) => [`${row.topic}:${row.partition}`, row]))
  return lags.map(({ topic, partition, lag }) => {
    const row = known.get(`${topic}:${partition}`)
    const eventTime = row?.event_time ?? undefined
    return { topic, partition, eventTime, movedAt: row?.moved_at ?? now, behind: lag > 0 }
  })
}
