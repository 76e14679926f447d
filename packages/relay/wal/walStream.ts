import type { Lsn } from '../cursor/lsn.ts'
import type { OutboxEvent } from '../publish/event.ts'
import { PgoutputDecoder, type WalMessage } from './pgoutput.ts'
import { ReplicationConnection, type StreamStart } from './replicationConnection.ts'

/** Events of one transaction, in the order in which it recorded them. */
export interface WalTransaction {
  xid: bigint
  events: OutboxEvent[]
  /** Are these the last of its events? */
  complete: boolean
}

/** The next part of the stream. */
export interface WalBatch {
  transactions: WalTransaction[]
  /** Every event of the transactions that committed before it is in this batch or an earlier one. */
  lsn: Lsn
  /** Whether the table was announced since the previous batch: then the publication may have changed. */
  announced: boolean
}

interface Queued extends WalTransaction {
  bytes: number
  /** Where its commit ends; known when it is complete. */
  endLsn: Lsn
}

/**
 * The events of an outbox in commit order, read ahead up to a number of bytes. Postgres sends a
 * transaction once it has committed, so a large one is passed on in parts while it is still being read.
 */
export class WalStream {
  readonly #decoder = new PgoutputDecoder()
  readonly #maxBytes: number
  #connection: ReplicationConnection | undefined
  readonly #queue: Queued[] = []
  #queuedBytes = 0
  #paused = false
  /** The transaction that is being received; in the queue from its first event on. */
  #open: Queued | undefined
  /** Everything that committed before it is in the queue or was taken. */
  #received: Lsn
  #lsn: Lsn
  #announced = false
  #error: Error | undefined
  #wake: (() => void) | undefined

  private constructor(from: Lsn, maxBytes: number) {
    this.#received = from
    this.#lsn = from
    this.#maxBytes = maxBytes
  }

  /**
   * Begins to read; the owner closes the stream. @param maxBytes maximum bytes of events read ahead.
   * @throws pg's errors; 55006 if another connection has the slot.
   */
  static async open(start: StreamStart, maxBytes: number): Promise<WalStream> {
    const stream = new WalStream(start.from, maxBytes)
    stream.#connection = await ReplicationConnection.open(start, {
      onData: (buffer, offset) => stream.#receive(buffer, offset),
      onKeepalive: (end) => stream.#advance(end),
      onEnd: (error) => stream.#fail(error),
    })
    return stream
  }

  /** Everything that committed before it was taken from the stream. */
  get lsn(): Lsn {
    return this.#lsn
  }

  /** Lets Postgres discard the log before `lsn`. */
  confirm(lsn: Lsn): void {
    this.#connection?.confirm(lsn)
  }

  /**
   * Waits until there is something to take, `waitMs` have passed or `signal` aborts. @returns why the stream has ended,
   * once everything received has been taken.
   */
  async wait(waitMs: number, signal: AbortSignal): Promise<Error | undefined> {
    if (!this.#hasMore() && this.#error === undefined && !signal.aborted) await this.#sleep(waitMs, signal)
    return this.#hasMore() ? undefined : this.#error
  }

  /** Takes what has arrived, at most `rows` events, without waiting. */
  take(rows: number): WalBatch {
    const transactions: WalTransaction[] = []
    let left = rows
    let whole = 0
    let end = this.#lsn
    for (const head of this.#queue) {
      if (!head.complete || head.events.length > left) {
        if (left > 0 && head.events.length > 0) transactions.push(this.#takePart(head, left))
        break
      }
      transactions.push(head)
      this.#queuedBytes -= head.bytes
      left -= head.events.length
      end = head.endLsn
      whole += 1
    }
    this.#queue.splice(0, whole)
    this.#lsn = this.#queue.length === 0 && this.#open === undefined ? this.#received : end
    if (this.#paused && this.#queuedBytes <= this.#maxBytes / 2) {
      this.#paused = false
      this.#connection?.resume()
    }
    const announced = this.#announced
    this.#announced = false
    return { transactions, lsn: this.#lsn, announced }
  }

  /** Ends the stream at once. */
  close(): void {
    this.#error ??= new Error('The stream was closed')
    this.#connection?.close()
  }

  #hasMore(): boolean {
    const [head] = this.#queue
    return head !== undefined && (head.complete || head.events.length > 0)
  }

  #sleep(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(wake, waitMs)
      signal.addEventListener('abort', wake)
      this.#wake = wake
    })
  }

  #takePart(head: Queued, rows: number): WalTransaction {
    const bytes = head.bytes * Math.min(1, rows / head.events.length)
    head.bytes -= bytes
    this.#queuedBytes -= bytes
    return { xid: head.xid, events: head.events.splice(0, rows), complete: false }
  }

  #receive(buffer: Buffer, offset: number): void {
    if (this.#error !== undefined) return
    try {
      this.#handle(this.#decoder.decode(buffer, offset))
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #handle(message: WalMessage): void {
    if (message.kind === 'begin') this.#open = { xid: 0n, events: [], complete: false, bytes: 0, endLsn: 0n }
    else if (message.kind === 'event') this.#add(message.xid, message.event, message.bytes)
    else if (message.kind === 'commit') this.#commit(message.endLsn)
    else if (message.kind === 'announced') this.#announced = true
  }

  #add(xid: bigint, event: OutboxEvent, bytes: number): void {
    const open = this.#open
    if (open === undefined) return
    if (open.xid === 0n) {
      open.xid = xid
      this.#queue.push(open)
    }
    open.events.push(event)
    open.bytes += bytes
    this.#queuedBytes += bytes
    if (!this.#paused && this.#queuedBytes > this.#maxBytes) {
      this.#paused = true
      this.#connection?.pause()
    }
    this.#wake?.()
  }

  #commit(endLsn: Lsn): void {
    if (this.#open) {
      this.#open.endLsn = endLsn
      this.#open.complete = true
    }
    this.#open = undefined
    this.#advance(endLsn)
    this.#wake?.()
  }

  #advance(end: Lsn): void {
    if (this.#open !== undefined || end <= this.#received) return
    this.#received = end
  }

  #fail(error: Error): void {
    this.#error ??= error
    this.#wake?.()
  }
}
