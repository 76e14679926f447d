import { setTimeout as delay } from 'node:timers/promises'
import type { Health } from '../http/health.ts'
import type { Logger } from './logger.ts'

interface Part {
  name: string
  stop: () => void | Promise<void>
}

/** Milliseconds. */
export interface ShutdownTimes {
  /** From the signal until parts are stopped: for others to learn that this process is going. */
  readonly drainMs: number
  /** From then until the process ends in any case. */
  readonly graceMs: number
}

/** Stops the parts of a service in the reverse of the order in which they were added, once, and ends the process. */
export class Shutdown {
  readonly #logger: Logger
  readonly #health: Health
  readonly #times: ShutdownTimes
  readonly #parts: Part[] = []
  readonly #abort = new AbortController()
  #stopping: Part | undefined
  #exitCode = 0

  constructor(logger: Logger, health: Health, times: ShutdownTimes) {
    this.#logger = logger
    this.#health = health
    this.#times = times
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  add(name: string, stop: () => void | Promise<void>): void {
    this.#parts.push({ name, stop })
  }

  /** Reacts to the signals and uncaught errors of this process. */
  listen(target: NodeJS.Process): void {
    for (const name of ['SIGTERM', 'SIGINT'] as const) target.on(name, () => this.#onSignal(name))
    const die = (error: unknown) => {
      this.#logger.fatal({ err: error }, 'uncaught error')
      target.exit(1)
    }
    target.on('uncaughtException', die)
    target.on('unhandledRejection', die)
  }

  /** With an error the exit code is 1. */
  async run(reason: string, error?: unknown): Promise<void> {
    if (error !== undefined) {
      this.#exitCode = 1
      this.#logger.fatal({ err: error }, reason)
    }
    if (this.signal.aborted) return
    if (!this.#health.isStopping) this.#logger.info({ reason }, 'stopping')
    this.#health.stop()
    if (error === undefined) await delay(this.#times.drainMs)
    if (this.signal.aborted) return // a part has failed meanwhile
    this.#abort.abort()
    setTimeout(() => this.#giveUp(), this.#times.graceMs)
    await this.#stopParts()
    this.#logger.info({}, 'stopped')
    process.exit(this.#exitCode)
  }

  async #stopParts(): Promise<void> {
    // A part may be added while another stops, by a start that has not ended yet.
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      this.#stopping = part
      try {
        await part.stop()
      } catch (error) {
        this.#exitCode = 1
        this.#logger.error({ err: error, part: part.name }, 'part did not stop in order')
      }
    }
  }

  #onSignal(name: string): void {
    if (this.#health.isStopping) {
      this.#logger.warn({ part: this.#stopping?.name }, 'second signal: not waiting any longer')
      process.exit(1)
    }
    void this.run(name)
  }

  #giveUp(): void {
    this.#logger.error(
      { part: this.#stopping?.name, graceMs: this.#times.graceMs },
      'not stopped within the grace period',
    )
    process.exit(1)
  }
}
