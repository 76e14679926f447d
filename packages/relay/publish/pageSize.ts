import type { PageBounds } from '@relevo/cursor'

/** A page that Kafka has taken within this time may be followed by a larger one, in milliseconds. */
const quickMs = 1_000
const smallestBytes = 1_024

/**
 * How much is sent at once. A page that is not answered in time, as over a slow link, is followed by one of half its size,
 * down to a single event; pages that are taken quickly grow again.
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

  /** A page of so many events and bytes of payload was not answered in time. */
  shrink(rows: number, bytes: number): void {
    this.#bounds = {
      rows: Math.max(1, Math.floor(Math.min(rows, this.#bounds.rows) / 2)),
      bytes: Math.max(smallestBytes, Math.floor(Math.min(bytes, this.#bounds.bytes) / 2)),
    }
  }

  /** A page was taken after so many milliseconds. */
  grow(tookMs: number): void {
    const { rows, bytes } = this.#bounds
    if (tookMs > quickMs || (rows === this.#most.rows && bytes === this.#most.bytes)) return
    this.#bounds = { rows: Math.min(this.#most.rows, rows * 2), bytes: Math.min(this.#most.bytes, bytes * 2) }
  }
}
