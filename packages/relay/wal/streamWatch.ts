import type { RelayError } from '../relayError.ts'
import type { SqlClient } from '../sqlClient.ts'
import { checkPublication } from './publication.ts'
import { findAwaitedStandby } from './standbys.ts'

/** Why a stream would not show every event in time, if that is so: its publication, or a standby that is away. */
export async function findObstacle(client: SqlClient): Promise<RelayError | undefined> {
  return (await checkPublication(client)) ?? (await findAwaitedStandby(client))
}

/** Looks for obstacles again and again while a stream is read. */
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

  /** What was found last; looks again when it is time, without waiting for it. */
  latest(): RelayError | undefined {
    if (!this.#asking && performance.now() > this.#askedAt + this.#everyMs) void this.#lookQuietly()
    return this.#obstacle
  }

  /** Looks now. Errors: pg's. */
  async look(): Promise<RelayError | undefined> {
    this.#obstacle = await findObstacle(this.#client)
    return this.#obstacle
  }

  async #lookQuietly(): Promise<void> {
    this.#asking = true
    try {
      await this.look()
    } catch {
      // A lost connection is reported by those who store the cursor through it.
    } finally {
      this.#asking = false
      this.#askedAt = performance.now()
    }
  }
}
