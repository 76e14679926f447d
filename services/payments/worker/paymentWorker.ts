import { type BackoffBounds, backoffMs, createIdlePause, createWorkLoop, sleepMs } from '@relevo/backoff'
import type { Logger } from '@relevo/kit'
import type pg from 'pg'
import type { Step } from '../domain/takeCommand.ts'
import type { PaymentMetrics } from '../metrics.ts'
import { type PaymentProvider, ProviderError } from '../provider/provider.ts'
import { type LeasedCall, leaseCalls } from '../sql/leaseCalls.ts'
import { postponeCall } from '../sql/postponeCall.ts'
import { nextDueMs, readPending } from '../sql/readPending.ts'
import { callProvider } from './callProvider.ts'
import { createSettler, type Settler } from './settler.ts'

export interface WorkerOptions {
  readonly pool: pg.Pool
  readonly provider: PaymentProvider
  readonly metrics: PaymentMetrics
  readonly logger: Pick<Logger, 'warn' | 'error'>
  /** Called after each transaction that has settled payments. */
  readonly onSteps: (steps: readonly Step[]) => void
  /** Bound of a call. */
  readonly timeoutMs: number
  /** Calls at the same time. */
  readonly concurrency: number
  /** How often it looks for calls that it was not woken for. */
  readonly pollMs: number
  readonly backoff: BackoffBounds
  /** A payment that has been pending for longer is reported. */
  readonly unsettledAfterMs: number
}

/** What a lease lasts in bounds of a call: the rest of it is for settling. */
const callsInLease = 3

const databaseBackoff: BackoffBounds = { initialMs: 200, maxMs: 10_000 }

/**
 * Makes the provider's calls that are due, each under a lease and outside of any transaction, and settles them. Any number of
 * processes may have one.
 */
export class PaymentWorker {
  readonly #options: WorkerOptions
  readonly #settler: Settler
  readonly #loop = createWorkLoop({
    round: () => this.#round(),
    onFailure: (err, failures) =>
      this.#options.logger.warn({ err, failures }, 'the payments that are due cannot be read; tried again'),
    backoff: databaseBackoff,
  })
  readonly #pauseMs: (found: boolean) => number
  #measureAt = 0

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#settler = createSettler(options.pool, options.onSteps)
    this.#pauseMs = createIdlePause(options.pollMs)
  }

  start(): void {
    this.#loop.start()
  }

  /** Takes no more calls, and resolves when those in hand are settled; what is not is left to the end of its lease. */
  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** Looks for calls at once. */
  wake(): void {
    this.#loop.wake()
  }

  async #round(): Promise<number> {
    const pauseMs = await this.#takeCalls()
    await this.#measure()
    return pauseMs
  }

  /** Returns how long to sleep when nobody wakes it. */
  async #takeCalls(): Promise<number> {
    const { pool, concurrency, timeoutMs } = this.#options
    const limit = concurrency - this.#loop.held()
    const calls = limit > 0 ? await leaseCalls(pool, { leaseMs: callsInLease * timeoutMs, limit }) : []
    for (const call of calls) this.#begin(call)
    // A call that ends wakes it.
    const hasRoom = limit > 0 && calls.length < limit
    const dueMs = hasRoom ? await nextDueMs(pool) : undefined
    return sleepMs(this.#pauseMs(!hasRoom || calls.length > 0 || dueMs !== undefined), dueMs)
  }

  #begin(call: LeasedCall): void {
    const made = this.#make(call).catch((err) => {
      const facts = { err, orderId: call.orderId, operation: call.operation }
      this.#options.logger.warn(facts, 'a payment was not settled; it is tried again when its lease ends')
    })
    this.#loop.hold(made)
  }

  async #make(call: LeasedCall): Promise<void> {
    const result = await callProvider(this.#options, call)
    if (result.known) await this.#settler.settle({ call, outcome: result.outcome })
    else await this.#postpone(call, result.error)
  }

  async #postpone(call: LeasedCall, err: unknown): Promise<void> {
    const { pool, backoff, unsettledAfterMs, logger } = this.#options
    const { orderId, operation, attempts, pendingMs } = call
    const report = !call.reported && pendingMs >= unsettledAfterMs
    const delayMs = backoffMs(attempts, backoff)
    await postponeCall(pool, call, { delayMs, error: describe(err), report })
    const facts = { err, orderId, operation, attempts, pendingMs: Math.round(pendingMs) }
    if (report) logger.error(facts, 'a payment cannot be settled: look at the provider; it is asked again')
    else logger.warn(facts, 'the outcome of a call to the provider is unknown; it is asked again')
  }

  async #measure(): Promise<void> {
    const { pool, pollMs, unsettledAfterMs, metrics } = this.#options
    if (performance.now() < this.#measureAt) return
    metrics.setPending(await readPending(pool, unsettledAfterMs))
    this.#measureAt = performance.now() + pollMs
  }
}

/** For the operator: the provider's own words, in bounds. */
function describe(error: unknown): string {
  const text = error instanceof ProviderError ? `${error.code}: ${error.message}` : String(error)
  return text.slice(0, 500).replaceAll('\0', '\uFFFD').toWellFormed()
}
