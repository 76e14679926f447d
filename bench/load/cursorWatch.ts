import { setTimeout as delay } from 'node:timers/promises'
import type { RecordedEvent } from '@relevo/outbox'
import type pg from 'pg'
import { readAcknowledged } from '../sql/progress.ts'
import { readPublished } from '../sql/transactions.ts'
import { machineNow } from './loadContract.ts'

const lookEveryMs = 5

/** Follows the cursors from the side of the writers, by one query in 5 ms. */
export class CursorWatch {
  /** Events acknowledged so far. */
  acknowledged = 0
  /** Milliseconds from the commit's answer to the acknowledgement, of the events given to `sample`. */
  readonly sampledMs: number[] = []
  readonly #client: pg.Client
  readonly #stopping = new AbortController()
  readonly #open = new Map<number, { event: RecordedEvent; at: number }>()
  #running: Promise<void> | undefined

  /** @param client is used by nobody else and closed by its owner after `stop`. */
  constructor(client: pg.Client) {
    this.#client = client
  }

  /** @param what to look at: the count of all, or the samples. */
  start(what: 'count' | 'samples'): void {
    this.#running = this.#run(what)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** Samples that are not acknowledged yet. */
  get open(): number {
    return this.#open.size
  }

  sample(n: number, event: RecordedEvent, committedAt: number): void {
    this.#open.set(n, { event, at: committedAt })
  }

  async #run(what: 'count' | 'samples'): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (what === 'count') await this.#count()
      else if (this.#open.size > 0) await this.#settle()
      await delay(lookEveryMs)
    }
  }

  async #count(): Promise<void> {
    const { rows } = await this.#client.query(readAcknowledged)
    this.acknowledged = Number(rows[0]?.acknowledged)
  }

  async #settle(): Promise<void> {
    const open = [...this.#open]
    const values = [
      open.map(([n]) => n),
      open.map(([, { event }]) => String(event.xid)),
      open.map(([, { event }]) => event.id),
      open.map(([, { event }]) => event.shard),
    ]
    const { rows } = await this.#client.query({ ...readPublished, values })
    const now = machineNow()
    for (const { number } of rows) {
      this.sampledMs.push(now - (this.#open.get(number)?.at ?? now))
      this.#open.delete(number)
    }
  }
}
