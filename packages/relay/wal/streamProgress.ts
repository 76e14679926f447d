import { type Cursor, isVisible, nameEnded, openWindow, type Position, positionOf } from '@relevo/cursor'
import type { Lsn } from '../cursor/lsn.ts'
import type { Probe } from '../cursor/probeOutbox.ts'
import type { WalTransaction } from './walStream.ts'

/** Maximum number of bookmarks not reached yet. */
const mostBookmarks = 256
/** Maximum number of transactions in a stored snapshot: more would make each store slow. */
const mostNamed = 1_000n

/** How far a stream had got at one moment. */
export interface StreamMark {
  readonly cursor: Cursor
  /** Events that the stream had shown by then. */
  readonly events: number
  /** The partly received transaction: the last id, and the number of its events so far. */
  readonly part: { readonly xid: bigint; readonly lastId: number; readonly events: number } | undefined
}

/**
 * A stream's progress in terms of the cursor: everything that a snapshot sees, the transactions received
 * since, and a part of the current one.
 *
 * A bookmark is a probe: a snapshot with an LSN that was read after it. Once the stream has passed that LSN,
 * everything that the snapshot sees has been received, and the snapshot replaces the individually listed transactions.
 */
export class StreamProgress {
  #base: Position
  /** Published transactions that the base does not see. */
  #ended = new Set<bigint>()
  #part: StreamMark['part']
  /** Events received. */
  #events = 0
  #youngest = 0n
  #bookmarks: Probe[] = []

  constructor(base: Position) {
    this.#base = base
  }

  /** Every event of the transaction so far is published. */
  add({ xid, events, complete }: WalTransaction): void {
    const lastId = events.at(-1)?.id
    if (xid > this.#youngest) this.#youngest = xid
    this.#events += events.length
    if (complete) {
      if (!isVisible(xid, this.#base.snapshot)) this.#ended.add(xid)
      this.#part = undefined
    } else if (lastId !== undefined) {
      this.#part = { xid, lastId, events: (this.#part?.events ?? 0) + events.length }
    }
  }

  addBookmark(probe: Probe): void {
    this.#bookmarks.push(probe)
    if (this.#bookmarks.length > mostBookmarks)
      this.#bookmarks = this.#bookmarks.filter((_, index) => index % 2 === 0)
  }

  /** Everything that committed before `end` is published. */
  reach(end: Lsn): void {
    let reached: Probe | undefined
    for (const bookmark of this.#bookmarks) if (bookmark.lsn <= end) reached = bookmark
    if (reached === undefined) return
    this.#bookmarks = this.#bookmarks.filter(({ lsn }) => lsn > end)
    this.#base = positionOf(reached)
    for (const xid of this.#ended) if (isVisible(xid, this.#base.snapshot)) this.#ended.delete(xid)
  }

  /** Would the cursor list too many transactions to be stored quickly? A bookmark will help. */
  isWide(): boolean {
    return this.#youngest > this.#base.snapshot.xmax + mostNamed
  }

  mark(): StreamMark {
    return { cursor: this.cursor(), events: this.#events, part: this.#part }
  }

  cursor(): Cursor {
    const { seq } = this.#base
    const published = { snapshot: nameEnded(this.#base.snapshot, this.#ended), seq }
    if (this.#part === undefined) return { published, window: undefined }
    const { xid, lastId } = this.#part
    const target = { snapshot: nameEnded(published.snapshot, new Set([xid])), seq }
    return { published, window: openWindow(published, target, lastId) }
  }
}
