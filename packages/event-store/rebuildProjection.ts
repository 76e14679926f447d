import { setTimeout as delay } from 'node:timers/promises'
import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import { openWindow, type Probe, positionOf, readProbe } from '@relevo/cursor'
import type { Queryable } from '@relevo/outbox'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { DomainEvent } from './event.ts'
import { EventStoreError, explainError } from './eventStoreError.ts'
import type { Logger } from './logger.ts'
import { SessionClient } from './sessionClient.ts'
import { sortPage } from './sortPage.ts'
import { createCheckpoint, lockCheckpoint, moveCheckpoint, readCheckpoint } from './sql/checkpoints.ts'
import { readLag } from './sql/readLag.ts'
import { readNews } from './sql/readNews.ts'
import { beginRebuild, lockProjection, switchProjection } from './sql/rebuilds.ts'
import { wakeChannel } from './sql/wake.ts'
import { checkSubscription, type Projection, type Subscription } from './subscription.ts'
import { createSubscriptionMetrics } from './subscriptionMetrics.ts'
import { SubscriptionSession } from './subscriptionSession.ts'
import { isTransient } from './transientStates.ts'
import type { Upcasters } from './upcast.ts'

export interface RebuildOptions<Event extends DomainEvent = DomainEvent> {
  readonly pool: pg.Pool
  readonly projection: Projection<Event>
  readonly upcasters?: Upcasters
  readonly logger: Logger
  /** Reports progress like a subscription, under `rebuild:` and the projection's name. */
  readonly registry?: Registry
  /** Ends the rebuild between two pages; calling it again continues. */
  readonly signal?: AbortSignal
  /** Events applied in one transaction; default 1,000. */
  readonly pageRows?: number
  /** Time limit of each statement, in milliseconds; default 30,000. */
  readonly timeoutMs?: number
  /** How long writers may wait for an attempt to switch, in milliseconds; default 500. */
  readonly switchLockMs?: number
  /** Pauses while Postgres is unavailable, or the table is in use; default 100 ms, doubling up to 5 s. */
  readonly retry?: BackoffBounds
}

/** `blocked`: an event cannot be applied; the read model stays as it is. `aborted`: by the signal. */
export interface RebuildResult {
  readonly outcome: 'switched' | 'blocked' | 'aborted'
}

/**
 * Rebuilds a projection's read model from all events into a second table, while the first is read and written, and then
 * replaces the first. Writers wait only for the last step, the events since the previous page. After an interruption, calling it
 * again continues from the last stored page.
 * @throws EventStoreError `notRebuildable`, `notMigrated`, `foreignCheckpoint`; the errors of a statement. While Postgres is
 * unavailable it retries, until the signal aborts.
 */
export async function rebuildProjection<Event extends DomainEvent>(
  options: RebuildOptions<Event>,
): Promise<RebuildResult> {
  checkSubscription(options.projection)
  const { signal, logger, projection, retry = { initialMs: 100, maxMs: 5_000 } } = options
  for (let failures = 0; !signal?.aborted; failures++) {
    try {
      const outcome = await work(options as RebuildOptions, () => {
        failures = 0
      })
      if (outcome) return { outcome }
    } catch (cause) {
      const error = explainError(cause)
      if (error instanceof EventStoreError || !mayPass(error)) throw error
      logger.warn({ err: error, projection: projection.name }, 'rebuild interrupted')
    }
    await delay(backoffMs(failures + 1, retry), undefined, signal && { signal }).catch(() => {})
  }
  return { outcome: 'aborted' }
}

/** Is Postgres unavailable? Errors caused by a statement would recur. pg's own errors have no SQLSTATE. */
function mayPass(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return isTransient(error) || typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)
}

/** One connection's part of a rebuild. @returns undefined if the table was in use and the switch has to be retried. */
async function work(
  options: RebuildOptions,
  onPage: () => void,
): Promise<RebuildResult['outcome'] | undefined> {
  const { pool, projection, timeoutMs = 30_000 } = options
  const client = await SessionClient.open(pool, { timeoutMs, channel: wakeChannel, onWake: () => {} })
  try {
    const table = await client.transaction((tx) =>
      beginRebuild(tx, projection.name, projection.revision ?? 1),
    )
    const apply: Subscription['apply'] = (events, tx) => projection.apply(events, tx, String(table))
    const rebuilding: Subscription = { ...projection, name: `rebuild:${projection.name}`, apply }
    if (!projection.inline)
      await client.transaction(async (tx) => {
        await createCheckpoint(tx, projection)
        return true
      })
    const isBlocked = await catchUp(client, rebuilding, options, onPage)
    if (options.signal?.aborted) return 'aborted'
    return isBlocked ? 'blocked' : await trySwitch(client, rebuilding, options)
  } finally {
    client.close()
  }
}

/** Applies the existing events, page by page, beside the writers. @returns whether a stream is blocked. */
async function catchUp(
  client: SessionClient,
  rebuilding: Subscription,
  { upcasters = {}, logger, registry, signal, pageRows = 1_000 }: RebuildOptions,
  onPage: () => void,
): Promise<boolean> {
  const metrics = registry && createSubscriptionMetrics(registry)
  const session = new SubscriptionSession(client, {
    subscription: rebuilding,
    upcasters,
    page: { rows: pageRows, bytes: 4 << 20 },
    blockedRetry: { initialMs: 0, maxMs: 0 },
    storeEveryMs: 10_000,
    dutyEveryMs: 1_000,
    logger,
    metrics,
  })
  await session.begin()
  while (!signal?.aborted && (await session.round()) !== 'none') onPage()
  if (metrics) {
    const lag = await readLag(client, rebuilding)
    metrics.lagEvents.set({ subscription: rebuilding.name }, lag.events)
    metrics.lagSeconds.set({ subscription: rebuilding.name }, lag.seconds)
  }
  return session.blockedStreams > 0
}

const defaultSwitchLockMs = 500

/**
 * Blocks writers, applies what they have committed so far, and switches, in one transaction. Transactions that have
 * appended but not yet written the read model are invisible here: they find the new table when they do.
 */
async function trySwitch(
  client: SessionClient,
  rebuilding: Subscription,
  { projection, upcasters = {}, switchLockMs = defaultSwitchLockMs }: RebuildOptions,
): Promise<'switched' | 'blocked' | undefined> {
  let rest: Rest = 'behind'
  try {
    const done = await client.transaction(async (tx) => {
      // A subscription locks its checkpoint for a page first, and then the table.
      if (!projection.inline && !(await lockCheckpoint(tx, projection.name))) return undefined
      await lockProjection(tx, projection.name, switchLockMs)
      rest = await applyRest(client, tx, rebuilding, upcasters)
      if (rest !== 'applied') return undefined
      await switchProjection(tx, projection.name, projection.inline)
      return true
    })
    if (done) return 'switched'
  } catch (error) {
    if (!isInUse(error)) throw error
  }
  // It was assigned in the transaction.
  return (rest as Rest) === 'blocked' ? 'blocked' : undefined
}

/** The outcome of applying everything committed. `behind`: it was too much to make writers wait. */
type Rest = 'applied' | 'blocked' | 'behind'

const restRows = 1_000
const restPages = 5

/** Applies everything committed, while writers wait. */
async function applyRest(
  client: SessionClient,
  tx: Queryable,
  rebuilding: Subscription,
  upcasters: Upcasters,
): Promise<Rest> {
  const target = positionOf(await probeTwice(client))
  for (let page = 0; page < restPages; page++) {
    const lock = await lockCheckpoint(tx, rebuilding.name)
    const stored = await readCheckpoint(tx, rebuilding.name)
    if (!lock || !stored) throw new Error('The rebuild is under way elsewhere.')
    const { published } = stored
    const window = stored.window ?? openWindow(published, target)
    const at = { published, window, afterId: window.lastId }
    const bounds = { rows: restRows, bytes: 4 << 20 }
    const { rows, complete } = await readNews(client, at, rebuilding.categories, bounds)
    const { events, blocks } = sortPage(rows, { subscription: rebuilding, upcasters }, new Map())
    if (blocks.length > 0) return 'blocked'
    if (events.length > 0) await rebuilding.apply(events, tx)
    const lastId = Number(rows.at(-1)?.seq ?? window.lastId)
    const next = complete
      ? { published: window.target, window: undefined }
      : { published, window: { ...window, lastId } }
    await moveCheckpoint(tx, rebuilding.name, lock, next, rows.length)
    if (complete && window.target === target) return 'applied'
  }
  return 'behind'
}

async function probeTwice(client: SessionClient): Promise<Probe> {
  const before = await readProbe(client, 'event_store.event_seq')
  const after = await readProbe(client, 'event_store.event_seq')
  if (!before || !after)
    throw new EventStoreError('notMigrated', 'The sequence event_store.event_seq is gone.')
  return { ...after, seqBefore: before.seq }
}

/** Does another transaction use the table, so that it cannot be locked in time? */
function isInUse(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return code === '55P03' || code === '40P01'
}
