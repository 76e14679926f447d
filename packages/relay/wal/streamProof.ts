import { endedBetween, isVisible } from '../cursor/snapshot.ts'
import { RelayError } from '../relayError.ts'
import { countPassed, type PassedSpan } from '../sql/countPassed.ts'
import type { SqlClient } from '../sqlClient.ts'
import type { StreamMark } from './streamProgress.ts'

/**
 * `proven`: the table has exactly the events that the stream has shown. `early`: some cannot be seen in the table
 * yet, as with synchronous replication. `passedOver`: the table has events that the stream has not shown.
 */
export type Verdict = 'proven' | 'early' | 'passedOver'

/** Late transactions that are not further back are counted in one range of the index, others one by one. */
const nearXids = 4_096n

/**
 * Holds a stream to the table: the cursor must not pass an event that the stream has not shown, whatever made it
 * silent. So each place, before it is stored, is proven by a count of the events between it and the one before.
 */
export class StreamProof {
  readonly #client: SqlClient
  /** Everything up to it was shown by the stream, or published before the stream began. */
  #proven: StreamMark

  constructor(client: SqlClient, start: StreamMark) {
    this.#client = client
    this.#proven = start
  }

  /** The last place that was proven. */
  get proven(): StreamMark {
    return this.#proven
  }

  /** Compares what the stream has shown up to `mark` with the table. Errors: pg's. */
  async prove(mark: StreamMark): Promise<Verdict> {
    const unshown = await this.countUnshown(mark)
    if (unshown !== 0) return unshown > 0 ? 'passedOver' : 'early'
    this.#proven = mark
    return 'proven'
  }

  /** How many events up to `mark` the table has and the stream has not shown; below 0 when it has shown more. Errors: pg's. */
  async countUnshown(mark: StreamMark): Promise<number> {
    const proven = this.#proven
    const counted = await countPassed(this.#client, spanBetween(proven, mark))
    return counted - countedTwice(proven, mark) - (mark.events - proven.events)
  }
}

/** A transaction that had come by in part, and has ended since, is counted whole, also what was proven of it. */
export function countedTwice({ part }: StreamMark, to: StreamMark): number {
  return part !== undefined && isVisible(part.xid, to.place.published.snapshot) ? part.events : 0
}

/** What is to be counted between two marks of a stream. */
export function spanBetween(from: StreamMark, to: StreamMark): PassedSpan {
  const [before, after] = [from.place.published.snapshot, to.place.published.snapshot]
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

export function differsFromTable(verdict: Verdict): RelayError {
  const what =
    verdict === 'passedOver'
      ? 'The table has events that the stream of the write-ahead log has passed over.'
      : 'The stream of the write-ahead log has shown events that cannot be seen in the table.'
  return new RelayError('streamSilent', `${what} The table is read from the last place that was proven.`)
}
