import { endedBetween, isVisible } from '@relevo/cursor'
import { RelayError } from '../relayError.ts'
import { countPassed, type PassedSpan } from '../sql/countPassed.ts'
import type { SqlClient } from '../sqlClient.ts'
import type { StreamMark } from './streamProgress.ts'

/**
 * `proven`: the table has exactly the events that the stream has shown. `early`: some are not yet visible in the table,
 * as with synchronous replication. `passedOver`: the table has events that the stream has not shown.
 */
type Verdict = 'proven' | 'early' | 'passedOver'

/** Late transactions up to this far back are counted in one index range, older ones one by one. */
const nearXids = 4_096n
/** Proofs take at most a tenth of the relay's time in the database. */
const proofShare = 10
/** How long the table may lag behind the stream, in milliseconds. */
export const visibleMs = 30_000

/**
 * Checks a stream against the table: the cursor must not pass an event that the stream has not shown, for whatever
 * reason. So each cursor, before it is stored, is proven by counting the events between it and the previous one.
 */
export class StreamProof {
  readonly #client: SqlClient
  /** Everything up to it was shown by the stream, or published before the stream began. */
  #proven: StreamMark
  /** No proof is due before this; by performance.now(), like the next. */
  #dueAt = 0
  /** Since when the table lacks events that the stream has shown. */
  #earlySince: number | undefined
  #distrust: RelayError | undefined

  constructor(client: SqlClient, start: StreamMark) {
    this.#client = client
    this.#proven = start
  }

  /** The last proven mark. */
  get proven(): StreamMark {
    return this.#proven
  }

  get isDue(): boolean {
    return performance.now() >= this.#dueAt
  }

  /** Why the stream cannot be trusted. */
  get distrust(): RelayError | undefined {
    return this.#distrust
  }

  /** Compares what the stream has shown up to `mark` with the table. @returns whether they agree. Errors: pg's. */
  async prove(mark: StreamMark): Promise<boolean> {
    const startedAt = performance.now()
    const verdict = verdictOf(await this.countUnshown(mark))
    const now = performance.now()
    this.#dueAt = now + (now - startedAt) * proofShare
    if (verdict === 'proven') this.#proven = mark
    if (verdict !== 'early') this.#earlySince = undefined
    else this.#earlySince ??= now
    if (verdict === 'passedOver' || now > (this.#earlySince ?? now) + visibleMs)
      this.#distrust = differsFromTable(verdict)
    return verdict === 'proven'
  }

  /** How many events up to `mark` the table has but the stream has not shown; negative if it has shown more. Errors: pg's. */
  async countUnshown(mark: StreamMark): Promise<number> {
    const proven = this.#proven
    const counted = await countPassed(this.#client, spanBetween(proven, mark))
    return counted - countedTwice(proven, mark) - (mark.events - proven.events)
  }

  /** The stream has shown nothing for `silenceMs`, while the table has events for it. */
  distrustSilence(events: number, silenceMs: number): void {
    this.#distrust = new RelayError(
      'streamSilent',
      `The stream of the write-ahead log has shown nothing for ${silenceMs} ms, while the table has ${events} events for it.`,
    )
  }
}

function verdictOf(unshown: number): Verdict {
  if (unshown === 0) return 'proven'
  return unshown > 0 ? 'passedOver' : 'early'
}

/** A transaction that was partly received and has ended since is counted as a whole, including its proven part. */
export function countedTwice({ part }: StreamMark, to: StreamMark): number {
  return part !== undefined && isVisible(part.xid, to.cursor.published.snapshot) ? part.events : 0
}

/** The range to count between two marks of a stream. */
export function spanBetween(from: StreamMark, to: StreamMark): PassedSpan {
  const [before, after] = [from.cursor.published.snapshot, to.cursor.published.snapshot]
  let first = before.xmax
  const late: bigint[] = []
  for (const xid of endedBetween(before, after)) {
    if (xid < before.xmax - nearXids) late.push(xid)
    else if (xid < first) first = xid
  }
  const { part } = to
  return {
    first,
    below: after.xmax,
    from: before.text,
    to: after.text,
    late,
    part: part && {
      xid: part.xid,
      after: part.xid === from.part?.xid ? from.part.lastId : 0,
      last: part.lastId,
    },
  }
}

function differsFromTable(verdict: Verdict): RelayError {
  const what =
    verdict === 'passedOver'
      ? 'The table has events that the stream of the write-ahead log has passed over.'
      : 'The stream of the write-ahead log has shown events that cannot be seen in the table.'
  return new RelayError('streamSilent', `${what} The table is read from the last proven cursor.`)
}
