import type { Logger } from '../logger.ts'

/** Logs once that Kafka does not accept events, and once that it is back and the backlog is sent. */
export class Outage {
  readonly #logger: Logger
  #since: number | undefined
  #error: Error | undefined
  #code = ''
  #recovery: { at: number; events: number } | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Why nothing goes out, while that is so. */
  get problem(): string | undefined {
    const { trouble } = this
    return trouble && `Kafka does not take events (${this.#code}): ${trouble.message}`
  }

  /** What was thrown, while that is so. */
  get trouble(): Error | undefined {
    return this.#recovery ? undefined : this.#error
  }

  /** A page was not accepted. @param waiting its events. */
  begin(error: Error, code: string, waiting: number): void {
    this.#error = error
    this.#code = code
    this.#recovery = undefined
    if (this.#since !== undefined) return
    this.#since = Date.now()
    const facts = { code, err: error, waiting }
    this.#logger.warn(facts, 'Kafka does not take events; they are recorded, wait, and are tried again')
  }

  /** Events were acknowledged. */
  note(events: number): void {
    if (this.#since === undefined) return
    this.#recovery ??= { at: Date.now(), events: 0 }
    this.#recovery.events += events
  }

  /** Nothing waits anymore. */
  end(): void {
    if (this.#since === undefined || this.#recovery === undefined) return
    const { at, events } = this.#recovery
    const seconds = (Date.now() - at) / 1_000
    const awaySeconds = (at - this.#since) / 1_000
    if (events > 0)
      this.#logger.info(
        { events, seconds, awaySeconds },
        `Kafka is back: ${events} events sent in ${seconds} s`,
      )
    this.#since = undefined
    this.#error = undefined
    this.#recovery = undefined
  }
}
