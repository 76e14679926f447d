import type { PageBounds } from '@relevo/cursor'

/** After a page that Kafka acknowledged within this time, in milliseconds, the next may be larger. */
const quickMs = 1_000
const smallestBytes = 1_024

/**
 * How much is sent at once. After a page that is not answered in time, for example over a slow link, the next has half its size,
 * down to a single event; quick answers let pages grow again.
 */
export class PageSize {
  readonly #most: PageBounds
  #bounds: PageBounds

  constructor(most: PageBounds) {
    this.#most = most
    this.#bounds = most
  }

  get bounds(): PageBounds {
    return this.#bounds
  }

  /** A page of this many events and bytes of payload was not answered in time. */
  shrink(rows: number, bytes: number): void {
    this.#bounds = {
      rows: Math.max(1, Math.floor(Math.min(rows, this.#bounds.rows) / 2)),
      bytes: Math.max(smallestBytes, Math.floor(Math.min(bytes, this.#bounds.bytes) / 2)),
    }
  }

  /** A page was acknowledged after this many milliseconds. */
  grow(tookMs: number): void {
    const { rows, bytes } = this.#bounds
    if (tookMs > quickMs || (rows === this.#most.rows && bytes === this.#most.bytes)) return
    this.#bounds = { rows: Math.min(this.#most.rows, rows * 2), bytes: Math.min(this.#most.bytes, bytes * 2) }
  }
}
