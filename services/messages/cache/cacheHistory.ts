function short(page: string): string {
  return page.slice(0, 200)
}

/** What Postgres said, from one change to the next; times are of `performance.now()`. */
interface Version {
  readonly page: string
  /** Before the change that made it was committed. */
  readonly from: number
  /** After the change that ended it was committed. */
  to: number
}

/** An answer, with when it was asked for and when it had come. */
export interface TimedAnswer {
  readonly page: string
  readonly askedAt: number
  readonly cameAt: number
}

/** What an answer may be behind Postgres. */
const promisedMs = 1_000

/** All states of a list, to judge answers by. It is changed one change at a time, through `change`. */
export class History {
  readonly #versions: Version[] = []
  readonly #read: () => Promise<string>

  /** @param read what Postgres says now. */
  constructor(read: () => Promise<string>) {
    this.#read = read
  }

  async change(commit: () => Promise<unknown>): Promise<void> {
    const from = performance.now()
    await commit()
    const before = this.#versions.at(-1)
    if (before) before.to = performance.now()
    this.#versions.push({ page: await this.#read(), from, to: Number.POSITIVE_INFINITY })
  }

  /**
   * Why an answer breaks the promise: it is nothing that Postgres has said between a second before it was asked for and when it
   * came; undefined when it keeps it.
   */
  problemOf({ page, askedAt, cameAt }: TimedAnswer): string | undefined {
    const said = this.#versions.filter((version) => version.page === page)
    if (said.length === 0) return `Postgres never said ${short(page)}`
    if (said.some(({ from, to }) => from <= cameAt && to >= askedAt - promisedMs)) return undefined
    const behind = Math.round(askedAt - Math.max(...said.map(({ to }) => to)))
    return `an answer that was asked for ${behind} ms after Postgres had changed says ${short(page)}`
  }
}
