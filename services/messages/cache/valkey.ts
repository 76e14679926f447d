import { createClient } from '@redis/client'
import type { Logger } from '@relevo/kit'
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  type TimeoutPolicy,
  TimeoutStrategy,
  timeout,
} from 'cockatiel'
import type { BreakerState, CacheMetrics } from './cacheMetrics.ts'

export interface ValkeyOptions {
  readonly url: string
  /** The authorities that its certificate is trusted by; undefined: those of the system. */
  readonly ca?: (() => string) | undefined
  readonly logger: Logger
  readonly metrics: CacheMetrics
  /** How long a request waits for it; default 50 ms. */
  readonly timeoutMs?: number
  /** Default 1 s. */
  readonly connectTimeoutMs?: number
  /** Failures in a row that open the circuit breaker; default 5. */
  readonly failures?: number
  /** How long it stays open before one request tries again; default 1 s. */
  readonly retryAfterMs?: number
}

/** A connection to one server process. */
export interface Session {
  readonly client: Client
  /** Which server process it is: another one, after a restart or a failover, has another. */
  readonly runId: string
}

export interface Looked {
  readonly text: string | null
  /** The server's time at which it looked, in ms. */
  readonly at: number
  readonly key: string
}

type Client = ReturnType<typeof createClient>

/** Commands that may wait for their answers; the breaker lets far fewer gather. */
const maxCommands = 1_000

const stateNames: Partial<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'halfOpen',
}

/**
 * A Valkey or Redis behind a circuit breaker, asked for what can be done without: each request waits for a bounded time, and while
 * the breaker is open fails at once. It connects when it is asked for something. The caller stops it.
 *
 * ```
 *  closed ──5 failures in a row──▶ open ──1 s──▶ halfOpen ──one request fails──▶ open
 *    ▲                                              │
 *    └──────────────── it succeeds ─────────────────┘
 * ```
 */
export class Valkey {
  readonly #options: ValkeyOptions
  readonly #breaker: CircuitBreakerPolicy
  readonly #timeout: TimeoutPolicy
  #connecting: Promise<Session> | undefined
  #session: Session | undefined
  #stopped = false
  #isToldAway = false

  constructor(options: ValkeyOptions) {
    const { timeoutMs = 50, failures = 5, retryAfterMs = 1_000 } = options
    this.#options = options
    this.#timeout = timeout(timeoutMs, TimeoutStrategy.Aggressive)
    const breaker = new ConsecutiveBreaker(failures)
    this.#breaker = circuitBreaker(handleAll, { halfOpenAfter: retryAfterMs, breaker })
    options.metrics.setBreaker('closed')
    this.#breaker.onStateChange((state) => this.#changed(state))
  }

  /**
   * Looks for a value under a key that nobody but this server process knows.
   * @throws whatever keeps it from an answer in time; BrokenCircuitError at once while the breaker is open.
   */
  look(name: string): Promise<Looked> {
    return this.#ask('get', async ({ client, runId }) => {
      const key = `${name}:${runId}`
      const [text, time] = await Promise.all([client.get(key), client.sendCommand(['TIME'])])
      const [seconds, micros] = time as unknown as [string, string]
      return { text, key, at: Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) }
    })
  }

  /** Stores a text until `until` of the server's time, in ms. @throws as `look` does. */
  async store(key: string, text: string, until: number): Promise<void> {
    await this.#ask('set', ({ client, runId }) =>
      // Of another server process than the one that looked, the time says nothing.
      key.endsWith(`:${runId}`)
        ? client.set(key, text, { expiration: { type: 'PXAT', value: until } })
        : Promise.resolve(null),
    )
  }

  stop(): void {
    this.#stopped = true
    this.#drop()
  }

  #ask<T>(command: 'get' | 'set', work: (session: Session) => Promise<T>): Promise<T> {
    return this.#breaker.execute(async () => {
      const done = this.#options.metrics.seconds.startTimer({ command })
      return this.#timeout.execute(async () => work(await this.#connected())).finally(done)
    })
  }

  #connected(): Promise<Session> {
    if (this.#stopped) return Promise.reject(new Error('The cache has been stopped.'))
    this.#connecting ??= this.#connect()
    return this.#connecting
  }

  async #connect(): Promise<Session> {
    const { connectTimeoutMs = 1_000 } = this.#options
    const client = this.#createClient()
    try {
      const session = await timeout(connectTimeoutMs, TimeoutStrategy.Aggressive).execute(async () => {
        await client.connect()
        return { client, runId: runIdIn(await client.info('server')) }
      })
      if (this.#stopped) throw new Error('The cache has been stopped.')
      this.#session = session
      return session
    } catch (error) {
      client.destroy()
      this.#connecting = undefined
      throw error
    }
  }

  #createClient(): Client {
    const { url, ca, connectTimeoutMs = 1_000 } = this.#options
    const client = createClient({
      url,
      name: 'relevo-messages',
      disableOfflineQueue: true,
      commandsQueueMaxLength: maxCommands,
      maintNotifications: 'disabled',
      // The breaker says when it is worth another try.
      socket: {
        connectTimeout: connectTimeoutMs,
        reconnectStrategy: false,
        ...(ca && { tls: true, ca: ca() }),
      },
    })
    // Who waits for an answer gets the error; without a listener it would end the process.
    client.on('error', () => {
      if (this.#session?.client === client) this.#drop()
    })
    return client as Client
  }

  /** The next request reconnects. A connection in progress is left alone: it has its own deadline. */
  #drop(): void {
    if (!this.#session) return
    this.#session.client.destroy()
    this.#session = undefined
    this.#connecting = undefined
  }

  #changed(state: CircuitState): void {
    const name = stateNames[state] ?? 'open'
    const { metrics, logger } = this.#options
    metrics.setBreaker(name)
    // A server that hangs would keep the answers of this connection, and what it was asked, for as long.
    if (name === 'open') this.#drop()
    if (name === 'halfOpen' || (name === 'open') === this.#isToldAway) return
    this.#isToldAway = name === 'open'
    const { lastFailure } = this.#breaker
    const err = lastFailure && 'error' in lastFailure ? lastFailure.error : undefined
    if (this.#isToldAway) logger.warn({ err }, 'the cache is away: pages are read from Postgres')
    else logger.info({}, 'the cache is back')
  }
}

/** Was this thrown because the breaker is open? */
export function isBreakerOpen(error: unknown): boolean {
  return error instanceof BrokenCircuitError
}

/** @throws Error when a server does not say which process it is. */
function runIdIn(info: string): string {
  const [, runId] = /^run_id:(\w+)/m.exec(info) ?? []
  if (runId === undefined)
    throw new Error('INFO of the cache has no run_id, which entries are told apart by.')
  return runId
}
