import { RelayError } from '../relayError.ts'
import { readAwaitedStandby } from '../sql/slots.ts'
import { query, type SqlClient } from '../sqlClient.ts'

const everyMs = 1_000

/**
 * Watches for replicas that are away and that Postgres holds the stream back for: it shows nothing that a replica named in
 * `synchronized_standby_slots` does not have, for as long as that takes, while the table goes on.
 */
export class StandbyWatch {
  readonly #client: SqlClient
  #askedAt = performance.now()
  #asking = false
  #problem: RelayError | undefined

  constructor(client: SqlClient) {
    this.#client = client
  }

  /** What was found last, within some seconds; asks again when it is time, without waiting for it. */
  look(): RelayError | undefined {
    if (!this.#asking && performance.now() > this.#askedAt + everyMs) void this.#ask()
    return this.#problem
  }

  async #ask(): Promise<void> {
    this.#asking = true
    try {
      this.#problem = await findAwaitedStandby(this.#client)
    } catch {
      // A connection that is lost is for those to tell who store the place through it.
    } finally {
      this.#asking = false
      this.#askedAt = performance.now()
    }
  }
}

/** Why Postgres holds streams back, if it does. Errors: pg's. */
export async function findAwaitedStandby(client: SqlClient): Promise<RelayError | undefined> {
  const [row] = await query<{ slot: string }>(client, readAwaitedStandby)
  if (!row) return undefined
  return new RelayError(
    'standbyAway',
    `Postgres holds the stream back for the replica of slot ${row.slot}, which is away (synchronized_standby_slots).`,
  )
}
