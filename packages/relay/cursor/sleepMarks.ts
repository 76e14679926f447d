import { markAsleep, unmarkAsleep } from '../sql/sleepMarks.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * The shards whose events wake this relay. A mark is an advisory lock of the listening session, so it ends with the session. A relay
 * that is awake has none: a NOTIFY by every transaction would cost more than short pauses. See docs/adr/0025-waking-relays.md.
 */
export class SleepMarks {
  readonly #client: SqlClient
  readonly #marked = new Set<number>()

  constructor(client: SqlClient) {
    this.#client = client
  }

  /** Marks exactly these shards. @returns whether a mark is new: events recorded before it have woken nobody. */
  async set(shards: ReadonlySet<number>): Promise<boolean> {
    const surplus = [...this.#marked].filter((shard) => !shards.has(shard))
    if (surplus.length > 0) await query(this.#client, unmarkAsleep, [surplus])
    for (const shard of surplus) this.#marked.delete(shard)
    const missing = [...shards].filter((shard) => !this.#marked.has(shard))
    if (missing.length === 0) return false
    // A stale owner may still hold some; its mark wakes both relays.
    const rows = await query<{ shard: number }>(this.#client, markAsleep, [missing])
    for (const { shard } of rows) this.#marked.add(shard)
    return rows.length > 0
  }
}
