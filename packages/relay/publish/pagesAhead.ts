import type { Page } from './laneStore.ts'

const depth = 2

/**
 * Reads the pages of a window ahead: while one page is on its way to Kafka and the
 * next is being encoded, Postgres reads the one after that.
 */
export class PagesAhead {
  readonly #first: Page
  readonly #read: (afterId: number) => Promise<Page>
  readonly #ahead: Promise<Page | undefined>[] = []

  /** @param read the page after an id; called again when that page is there. */
  constructor(first: Page, read: (afterId: number) => Promise<Page>) {
    this.#first = first
    this.#read = read
    this.#readOn()
  }

  /** The next page; undefined after the last. @throws the error of `read`. */
  async take(): Promise<Page | undefined> {
    const page = await this.#ahead.shift()
    this.#readOn()
    return page
  }

  #readOn(): void {
    while (this.#ahead.length < depth) {
      const before = this.#ahead.at(-1) ?? Promise.resolve(this.#first)
      const reading = before.then((page) => this.#readAfter(page))
      reading.catch(() => {})
      this.#ahead.push(reading)
    }
  }

  #readAfter(page: Page | undefined): Promise<Page> | undefined {
    const last = page?.events.at(-1)
    return page?.complete === false && last !== undefined ? this.#read(last.id) : undefined
  }
}
