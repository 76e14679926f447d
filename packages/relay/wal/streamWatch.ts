import type { RelayError } from '../relayError.ts'
import type { SqlClient } from '../sqlClient.ts'
import { checkPublication } from './publication.ts'
import { findAwaitedStandby } from './standbys.ts'

/** Why a stream would omit or delay events: its publication, or a standby that is away. */
export async function findObstacle(client: SqlClient): Promise<RelayError | undefined> {
  return (await checkPublication(client)) ?? (await findAwaitedStandby(client))
}

/** Checks for obstacles periodically while a stream is read. */
export class StreamWatch {
  readonly #client: SqlClient
  readonly #everyMs: number
  #askedAt = performance.now()
  #asking = false
  #obstacle: RelayError | undefined

  constructor(client: SqlClient, everyMs: number) {
    this.#client = client
    this.#everyMs = everyMs
  }

  /** The last finding; starts another check when one is due, without waiting for it. */
  latest(): RelayError | undefined {
    if (!this.#asking && performance.now() > this.#askedAt + this.#everyMs) void this.#checkQuietly()
    return this.#obstacle
  }

  /** Checks now. Errors: pg's. */
  async check(): Promise<RelayError | undefined> {
    this.#obstacle = await findObstacle(this.#client)
    return this.#obstacle
  }

  async #checkQuietly(): Promise<void> {
    this.#asking = true
    try {
      await this.check()
    } catch {
      // Whoever stores the cursor on this connection reports its loss.
    } finally {
      this.#asking = false
      this.#askedAt = performance.now()
    }
  }
}
