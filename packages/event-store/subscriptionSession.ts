import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import { type Cursor, isDue, openWindow, type Probe, positionOf, readProbe } from '@relevo/cursor'
import type { Queryable } from '@relevo/outbox'
import { EventStoreError } from './eventStoreError.ts'
import type { Logger } from './logger.ts'
import { retryStream } from './retryStream.ts'
import type { SessionClient } from './sessionClient.ts'
import { blockOf, type StreamRow, sortPage } from './sortPage.ts'
import { type BlockedStream, listBlocked, type NewBlock, storeBlocks } from './sql/blockedStreams.ts'
import {
  type Checkpoint,
  createCheckpoint,
  isOwnCluster,
  lockCheckpoint,
  moveCheckpoint,
  readCheckpoint,
} from './sql/checkpoints.ts'
import { readNews } from './sql/readNews.ts'
import type { Subscription } from './subscription.ts'
import type { SubscriptionMetrics } from './subscriptionMetrics.ts'
import { isTransient } from './transientStates.ts'
import type { Upcasters } from './upcast.ts'

export interface SessionOptions {
  readonly subscription: Subscription
  readonly upcasters: Upcasters
  readonly page: { readonly rows: number; readonly bytes: number }
  readonly blockedRetry: BackoffBounds
  /** A checkpoint that moved without events is stored so often, in milliseconds. */
  readonly storeEveryMs: number
  /** Blocked streams are looked through so often, in milliseconds. */
  readonly dutyEveryMs: number
  readonly logger: Logger
  readonly metrics: SubscriptionMetrics | undefined
}

/** `some`: the window was applied to its end; `more`: there is more of it, to be applied at once. */
export type Found = 'none' | 'some' | 'more'

const sequence = 'event_store.event_seq'
const mostBlocked = 10_000
const retriesAtOnce = 10

/** A subscription on one connection. Any failure except of `apply` ends it; the next one begins with the stored state. */
export class SubscriptionSession {
  readonly #client: SessionClient
  readonly #options: SessionOptions
  #cursor: Checkpoint | undefined
  /** Has the cursor moved without events, so that it is not stored yet? */
  #unstored = false
  /** True until the first window after the cursor was loaded: a failover may have left anything due. */
  #fresh = true
  #seqBefore: number | undefined
  #limit: number
  #storeAt: number
  #dutyAt = 0
  readonly #blocked = new Map<string, NewBlock>()
  /** Another replica has the checkpoint. */
  standby = false

  constructor(client: SessionClient, options: SessionOptions) {
    this.#client = client
    this.#options = options
    this.#limit = options.page.rows
    this.#storeAt = performance.now() + options.storeEveryMs
  }

  get blockedStreams(): number {
    return this.#blocked.size
  }

  /** @throws EventStoreError `foreignCheckpoint`; the errors of pg. */
  async begin(): Promise<void> {
    if (!(await isOwnCluster(this.#client)))
      throw new EventStoreError(
        'foreignCheckpoint',
        'The event store was restored from another Postgres cluster, so its checkpoints mean nothing here. ' +
          'Run `select event_store.rebase()` as its owner.',
      )
    await this.#client.transaction(async (tx) => {
      await createCheckpoint(tx, this.#options.subscription)
      return true
    })
  }

  /** Applies what is due. Errors: EventStoreError; those of pg. */
  async round(): Promise<Found> {
    const probe = await this.#probe()
    this.#cursor ??= await this.#load()
    if (performance.now() >= this.#dutyAt) await this.#retryBlocked()
    if (probe === undefined) return 'more'
    const found = await this.#applyNews(probe)
    if (found !== 'none') return found
    if (this.#unstored && performance.now() >= this.#storeAt) await this.#commit([], this.#position())
    return 'none'
  }

  async #probe(): Promise<Probe | undefined> {
    const result = await readProbe(this.#client, sequence)
    if (!result) throw new EventStoreError('notMigrated', 'The sequence event_store.event_seq is gone.')
    const seqBefore = this.#seqBefore
    this.#seqBefore = result.seq
    return seqBefore === undefined ? undefined : { ...result, seqBefore }
  }

  async #load(): Promise<Checkpoint> {
    const { name } = this.#options.subscription
    const checkpoint = await readCheckpoint(this.#client, name)
    if (!checkpoint)
      throw new EventStoreError(
        'notMigrated',
        `The checkpoint of "${name}" is gone. It is made anew by a restart.`,
      )
    const blocked = await listBlocked(this.#client, name, mostBlocked + 1)
    if (blocked.length > mostBlocked)
      throw new EventStoreError(
        'tooManyBlocked',
        `More than ${mostBlocked} streams of "${name}" wait behind events that it cannot apply. It waits as a whole.`,
      )
    this.#blocked.clear()
    for (const block of blocked) this.#blocked.set(block.stream, block)
    this.#fresh = true
    this.#unstored = false
    return checkpoint
  }

  #position(): Checkpoint {
    if (!this.#cursor) throw new Error('No checkpoint is loaded.')
    return this.#cursor
  }

  async #applyNews(probe: Probe): Promise<Found> {
    const { published, window: open } = this.#position()
    if (!open && !this.#fresh && !isDue(published, probe)) return 'none'
    const window = open ?? openWindow(published, positionOf(probe))
    const { subscription, page } = this.#options
    const bounds = { rows: this.#limit, bytes: page.bytes }
    const at = { published, window, afterId: window.lastId }
    const { rows, complete } = await readNews(this.#client, at, subscription.categories, bounds)
    const lastId = Number(rows.at(-1)?.seq ?? window.lastId)
    const next: Cursor = complete
      ? { published: window.target, window: undefined }
      : { published, window: { ...window, lastId } }
    if (rows.length > 0) return this.#apply(rows, next)
    this.#cursor = { ...this.#position(), ...next }
    this.#fresh = false
    this.#unstored = true
    return 'none'
  }

  /** `none`: another replica is at it. */
  async #apply(rows: readonly StreamRow[], next: Cursor): Promise<Found> {
    try {
      if (!(await this.#commit(rows, next))) return 'none'
      this.#limit = Math.min(this.#options.page.rows, this.#limit * 2)
      return this.#behindPage()
    } catch (error) {
      const failure = applyFailure(error)
      if (!failure) throw error
      this.#options.metrics?.failures.inc({ subscription: this.#options.subscription.name })
      if (rows.length > 1) {
        this.#limit = Math.max(1, Math.floor(rows.length / 2))
        return 'more'
      }
      return (await this.#commit(rows, next, failure.cause)) ? this.#behindPage() : 'none'
    }
  }

  /** Without a cursor, the checkpoint was moved by another replica, and is to be read again. */
  #behindPage(): Found {
    return this.#cursor && !this.#cursor.window ? 'some' : 'more'
  }

  /**
   * Has the effects of rows and moves the checkpoint, in one transaction. @param failure why the only row cannot be applied.
   * @throws ApplyError when the subscription's code failed.
   */
  async #commit(rows: readonly StreamRow[], next: Cursor, failure?: unknown): Promise<boolean> {
    const { subscription, upcasters, blockedRetry, metrics } = this.#options
    const { name } = subscription
    const { revision } = this.#position()
    const [row] = rows
    const failed = failure !== undefined && row && !this.#blocked.has(row.stream)
    const { events, blocks } = failed
      ? { events: [], blocks: [blockOf(row, 'applyFailed', failure)] }
      : sortPage(rows, { subscription, upcasters }, this.#blocked)
    const moved = await this.#client.transaction(async (tx) => {
      const lock = await lockCheckpoint(tx, name)
      this.standby = lock === undefined
      if (lock?.revision !== revision) return undefined
      if (events.length > 0) await this.#applying(tx, (client) => subscription.apply(events, client))
      await storeBlocks(tx, name, blocks, backoffMs(1, blockedRetry))
      return moveCheckpoint(tx, name, lock, next, rows.length)
    })
    if (moved === undefined) {
      this.#cursor = undefined
      return !this.standby
    }
    this.#cursor = { ...next, revision: moved }
    this.#fresh = false
    this.#unstored = false
    this.#storeAt = performance.now() + this.#options.storeEveryMs
    this.#keepBlocks(blocks)
    metrics?.applied.inc({ subscription: name }, events.length)
    return true
  }

  /** Distinguishes errors of the subscription's code from those of the database. */
  async #applying(tx: Queryable, work: (client: Queryable) => Promise<void>): Promise<void> {
    let lost: unknown
    const watched: Queryable = {
      query: async (text, values) => {
        try {
          return await tx.query(text, values)
        } catch (error) {
          if (isTransient(error)) lost ??= error
          throw error
        }
      },
    }
    try {
      await work(watched)
    } catch (error) {
      if (lost !== undefined || this.#client.isLost) throw lost ?? error
      throw new ApplyError(error)
    }
  }

  #keepBlocks(blocks: readonly NewBlock[]): void {
    const { logger, subscription } = this.#options
    for (const block of blocks) {
      const { stream, nextVersion, type, code, error } = block
      if (!this.#blocked.has(stream))
        logger.error(
          { subscription: subscription.name, stream, version: nextVersion, type, code, error },
          'a stream is blocked: its events wait until this one can be applied',
        )
      this.#blocked.set(stream, block)
    }
  }

  async #retryBlocked(): Promise<void> {
    this.#dutyAt = performance.now() + this.#options.dutyEveryMs
    if (this.#blocked.size === 0) return
    const { subscription, blockedRetry } = this.#options
    const blocked = await listBlocked(this.#client, subscription.name, retriesAtOnce, blockedRetry.maxMs)
    for (const block of blocked.filter(({ due }) => due)) await this.#retry(block)
  }

  async #retry(block: BlockedStream): Promise<void> {
    const { subscription, upcasters, blockedRetry, logger, metrics } = this.#options
    const result = await retryStream(block, {
      client: this.#client,
      subscription,
      upcasters,
      blockedRetry,
      cursor: this.#position(),
      applying: (tx, work) => this.#applying(tx, work),
      applyFailure,
    })
    if (!result) {
      this.#cursor = await this.#load()
      return
    }
    metrics?.applied.inc({ subscription: subscription.name }, result.applied)
    this.#cursor = { ...this.#position(), revision: result.revision }
    this.#unstored = false
    if (result.block) this.#blocked.set(block.stream, result.block)
    else {
      this.#blocked.delete(block.stream)
      logger.info({ subscription: subscription.name, stream: block.stream }, 'a stream is no longer blocked')
    }
  }
}

/** An error caused by the subscription's code. */
function applyFailure(error: unknown): { cause: unknown } | undefined {
  if (error instanceof ApplyError) return { cause: error.cause }
  if ((error as { code?: unknown }).code !== failedTransaction) return undefined
  const message = '`apply` ignored the failure of a statement.'
  return { cause: new EventStoreError('statementIgnored', message, { cause: error }) }
}

/** SQLSTATE of a statement in a transaction that has failed already. */
const failedTransaction = '25P02'

/** `apply` threw; `cause` is what. */
class ApplyError extends Error {
  constructor(cause: unknown) {
    super('apply failed', { cause })
  }
}
