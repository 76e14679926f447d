import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isVisible, nameRunning, parseSnapshot, type Snapshot } from '@relevo/cursor'
import fc from 'fast-check'
import type { OutboxEvent } from '../publish/event.ts'
import type { PassedSpan } from '../sql/countPassed.ts'
import { type StreamMark, StreamProgress } from './streamProgress.ts'
import { countedTwice, spanBetween } from './streamProof.ts'
import type { WalTransaction } from './walStream.ts'

/** What Postgres does, as far as snapshots and the log go. An LSN is how many transactions have ended. */
class Model {
  next = 100n
  readonly running: bigint[] = []
  readonly ended = new Set<bigint>()
  /** In the order of their commits. */
  readonly log: { xid: bigint; events: number[]; end: bigint }[] = []
  lsn = 0n
  #id = 0

  begin(): void {
    this.running.push(this.next)
    this.next += 1n
  }

  end(index: number, events: number): void {
    const [xid] = this.running.splice(index % Math.max(1, this.running.length), 1)
    if (xid === undefined) return
    this.ended.add(xid)
    this.lsn += 1n
    // 0 events: rolled back, or a transaction of something else.
    const ids = Array.from({ length: events }, () => ++this.#id)
    if (events > 0) this.log.push({ xid, events: ids, end: this.lsn })
  }

  snapshot(): Snapshot {
    let xmax = 100n
    for (const xid of this.ended) if (xid >= xmax) xmax = xid + 1n
    const open = this.running.filter((xid) => xid < xmax)
    const xmin = this.running.reduce((least, xid) => (xid < least ? xid : least), xmax)
    return nameRunning(parseSnapshot(`${xmin}:${xmax}:${open.join()}`), this.next)
  }

  /** As sql/countPassed.ts. */
  count({ first, below, from, to, late, part }: PassedSpan): number {
    const [before, after] = [parseSnapshot(from), parseSnapshot(to)]
    const inRange = (xid: bigint) =>
      xid >= first && xid < below && isVisible(xid, after) && !isVisible(xid, before)
    let count = 0
    for (const { xid, events } of this.log) {
      if (inRange(xid)) count += events.length
      if (late.includes(xid)) count += events.length
      if (xid === part?.xid) count += events.filter((id) => id > part.after && id <= part.last).length
    }
    return count
  }

  probe() {
    return { snapshot: this.snapshot(), seq: this.#id, seqBefore: this.#id, lsn: this.lsn }
  }
}

const steps = fc.oneof(
  fc.constant({ do: 'begin' as const }),
  fc.record({ do: fc.constant('end' as const), index: fc.nat(20), events: fc.nat(3) }),
  fc.constant({ do: 'probe' as const }),
  fc.constant({ do: 'prove' as const }),
  fc.record({ do: fc.constant('publish' as const), events: fc.integer({ min: 1, max: 5 }) }),
)

type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never

function outboxEvent(id: number): OutboxEvent {
  const fields = { shard: 0, eventId: '', topic: '', key: '', partitionKey: null, type: '', headers: null }
  return { ...fields, id, payload: '', createdAt: '' }
}

/** A stream that publishes what the model has in its log. */
class Publisher {
  readonly model = new Model()
  readonly progress: StreamProgress
  readonly published = new Set<bigint>()
  #proven: StreamMark
  #taken = 0
  /** Published events of the transaction that is next. */
  #part = 0

  constructor() {
    for (let i = 0; i < 3; i++) this.model.begin()
    this.model.end(1, 0)
    const { snapshot, seq } = this.model.probe()
    this.progress = new StreamProgress({ snapshot, seq })
    this.#proven = this.progress.mark()
  }

  take(step: Step): void {
    if (step.do === 'begin') this.model.begin()
    else if (step.do === 'end') this.model.end(step.index, step.events)
    else if (step.do === 'prove') this.prove()
    else if (step.do === 'probe') this.progress.addBookmark(this.model.probe())
    else this.#publish(step.events)
  }

  check(): void {
    const { published, window } = this.progress.cursor()
    for (const { xid } of this.model.log)
      assert.equal(isVisible(xid, published.snapshot), this.published.has(xid), `transaction ${xid}`)
    for (const xid of this.model.running)
      assert.equal(isVisible(xid, published.snapshot), false, `running ${xid}`)
    assert.deepEqual(parseSnapshot(published.snapshot.text), published.snapshot, 'its text says the same')
    const open = this.model.log[this.#taken]
    assert.equal(window?.lastId, this.#part === 0 ? undefined : open?.events[this.#part - 1])
    if (window && open) assert.ok(isVisible(open.xid, window.target.snapshot))
  }

  /** What the table is asked for between two marks is what the stream has shown in between. */
  prove(): void {
    const mark = this.progress.mark()
    const counted = this.model.count(spanBetween(this.#proven, mark)) - countedTwice(this.#proven, mark)
    assert.equal(counted, mark.events - this.#proven.events)
    this.#proven = mark
  }

  #publish(most: number): void {
    let left = most
    for (let next = this.#next(left); next !== undefined && left > 0; next = this.#next(left)) {
      this.progress.add(next)
      left -= next.events.length
      this.#part += next.events.length
      if (!next.complete) break
      this.published.add(next.xid)
      this.#part = 0
      this.#taken += 1
    }
    const { log, lsn } = this.model
    this.progress.reach(this.#taken === log.length ? lsn : (log[this.#taken - 1]?.end ?? 0n))
  }

  #next(most: number): WalTransaction | undefined {
    const transaction = this.model.log[this.#taken]
    if (transaction === undefined) return undefined
    const ids = transaction.events.slice(this.#part, this.#part + most)
    const complete = this.#part + ids.length === transaction.events.length
    return { xid: transaction.xid, events: ids.map(outboxEvent), complete }
  }
}

test('the cursor sees the transactions that are published, and of the others none that has events', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 10, maxLength: 120 }), (list) => {
      const publisher = new Publisher()
      for (const step of list) {
        publisher.take(step)
        publisher.check()
      }
    }),
    { numRuns: 2_000 },
  )
})
