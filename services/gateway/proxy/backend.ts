import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '@relevo/backoff'
import { type Certificates, connectorOf, ServiceError } from '@relevo/kit'
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel'
import { type Dispatcher, Pool } from 'undici'
import { InFlight } from '../limits/inFlight.ts'
import type { GatewayMetrics } from '../metrics.ts'
import type { Headers } from './headers.ts'
import { codeOf, isRepeatable, RetryBudget } from './retry.ts'

export interface BackendOptions {
  readonly name: string
  /** `http://host:port`, or https where services know each other by certificates. */
  readonly origin: string
  readonly certificates?: Certificates | undefined
  readonly metrics: GatewayMetrics
  readonly inFlight: number
  readonly maxStreams: number
  readonly responseTimeoutMs: number
  readonly breakerFailures: number
  readonly breakerOpenMs: number
}

/** A request as it is sent to a service. */
export interface BackendRequest {
  readonly method: Dispatcher.HttpMethod
  /** With the query. */
  readonly path: string
  readonly headers: Headers
  readonly body: Buffer | undefined
  /** Its answer goes on for as long as the client listens. */
  readonly isStream: boolean
  /** Aborted when the client has gone, or has waited too long. */
  readonly signal: AbortSignal
}

export type BackendAnswer = Dispatcher.ResponseData

/** The request was given up from this side: the client has gone, or its time is over. */
export class GivenUp extends Error {}

const connectTimeoutMs = 2_000
/** Below the 65 s of the services, so that it is the gateway that closes a connection nobody uses. */
const idleMs = 10_000
/** Connections are opened again by then: pods that came since get their share. */
const connectionMs = 60_000
const retryPause = { initialMs: 25, maxMs: 200 }

/**
 * A service behind the gateway: two pools of connections (event streams take none of the others), a bound for what it is sent at once,
 * and a circuit breaker around each attempt. The caller stops it.
 *
 * ```
 *  closed ──failures in a row──▶ open ──breakerOpenMs──▶ halfOpen ──one request fails──▶ open
 *    ▲                                                      │
 *    └────────────────── it is answered ────────────────────┘
 * ```
 * An answer is never a failure, whatever its status: otherwise one client's bad requests would cut the service off for all others.
 */
export class Backend {
  readonly name: string
  readonly #options: BackendOptions
  readonly #requests: Pool
  readonly #streams: Pool
  readonly #places: { readonly requests: InFlight; readonly streams: InFlight }
  readonly #breaker: CircuitBreakerPolicy
  readonly #budget = new RetryBudget()

  constructor(options: BackendOptions) {
    const { name, origin, metrics, inFlight, maxStreams, responseTimeoutMs, certificates } = options
    this.name = name
    this.#options = options
    const shared = {
      connect: certificates
        ? connectorOf(certificates, { timeout: connectTimeoutMs })
        : { timeout: connectTimeoutMs },
      keepAliveTimeout: 4_000,
      keepAliveMaxTimeout: idleMs,
      clientTtl: connectionMs,
      headersTimeout: responseTimeoutMs,
    }
    this.#requests = new Pool(origin, { ...shared, connections: inFlight, bodyTimeout: responseTimeoutMs })
    // Streams beat every 15 s.
    this.#streams = new Pool(origin, { ...shared, connections: maxStreams, bodyTimeout: 60_000 })
    this.#places = { requests: new InFlight(inFlight), streams: new InFlight(maxStreams) }
    const breaker = new ConsecutiveBreaker(options.breakerFailures)
    this.#breaker = circuitBreaker(
      handleWhen((error) => !(error instanceof GivenUp)),
      { halfOpenAfter: options.breakerOpenMs, breaker },
    )
    this.#breaker.onStateChange((state) => metrics.setBreaker(name, state !== CircuitState.Closed))
    metrics.setBreaker(name, false)
  }

  /** Is it sent requests just now? */
  get isOpen(): boolean {
    return this.#breaker.state === CircuitState.Closed
  }

  /** @returns what gives back the place among those that it answers at once. @throws ServiceError `unavailable`. */
  enter(isStream: boolean): () => void {
    const places = isStream ? this.#places.streams : this.#places.requests
    const leave = places.enter(this.name)
    if (leave === undefined)
      throw unavailable(`The service ${this.name} has too much to do just now. Try again later.`, 1)
    return leave
  }

  /** @throws ServiceError `unavailable` or `timeout`; {@link GivenUp} when the signal says so. */
  async send(request: BackendRequest): Promise<BackendAnswer> {
    this.#budget.noteRequest()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(request)
      } catch (error) {
        if (error instanceof GivenUp || !this.#retries(request, attempt, error)) throw this.#explain(error)
        this.#options.metrics.countRetry(this.name)
        await delay(backoffMs(attempt, retryPause), undefined, { signal: request.signal }).catch(
          () => undefined,
        )
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#streams.destroy()])
  }

  async #attempt({ isStream, ...request }: BackendRequest): Promise<BackendAnswer> {
    const pool = isStream ? this.#streams : this.#requests
    const done = this.#options.metrics.timeBackend(this.name)
    try {
      const answer = await this.#breaker.execute(async () => {
        if (request.signal.aborted) throw new GivenUp('given up before it was sent')
        try {
          return await pool.request({ ...request, body: request.body ?? null })
        } catch (error) {
          throw request.signal.aborted ? new GivenUp('given up', { cause: error }) : error
        }
      })
      done('answered')
      return answer
    } catch (error) {
      done(outcomeOf(error))
      throw error
    }
  }

  #retries({ method, headers }: BackendRequest, attempt: number, error: unknown): boolean {
    const hasIdempotencyKey = headers['idempotency-key'] !== undefined
    const code = codeOf(error)
    return isRepeatable({ method, hasIdempotencyKey, attempt, code }) && this.#budget.take()
  }

  #explain(error: unknown): unknown {
    const { name } = this
    if (error instanceof GivenUp) return error
    if (error instanceof BrokenCircuitError)
      return unavailable(
        `The service ${name} cannot be reached, and is left alone for a moment. Try again later.`,
        Math.ceil(this.#options.breakerOpenMs / 1_000),
        error,
      )
    if (codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT')
      return new ServiceError('timeout', `The service ${name} did not answer in time.`, { cause: error })
    return unavailable(`The service ${name} cannot be reached just now. Try again later.`, 1, error)
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof GivenUp) return 'given_up'
  if (error instanceof BrokenCircuitError) return 'left_alone'
  return codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT' ? 'timeout' : 'unreachable'
}

function unavailable(message: string, retryAfter: number, cause?: unknown): ServiceError {
  return new ServiceError('unavailable', message, { cause, headers: { 'retry-after': String(retryAfter) } })
}
