import type { Producer } from '@relevo/kafka'
import type { OutboxEvent } from './event.ts'
import { eventRecord } from './eventRecord.ts'
import type { Send } from './publishEvents.ts'

/** Sends events to Kafka as records from `source`. */
export class EventSender {
  readonly #producer: Producer
  readonly #source: string
  readonly #assertHeld: () => void
  readonly #prepared = new WeakMap<readonly OutboxEvent[], () => Promise<void>>()

  /** @param assertHeld throws when nothing may be sent any more. */
  constructor(producer: Producer, source: string, assertHeld: () => void) {
    this.#producer = producer
    this.#source = source
    this.#assertHeld = assertHeld
  }

  /** Encodes events ahead of the `send` of this very array. What cannot be encoded fails there. */
  prepare(events: readonly OutboxEvent[]): void {
    try {
      const send = this.#producer.prepare(() => this.#toRecords(events))
      this.#prepared.set(events, send)
    } catch {
      // Their turn to fail has not come: those before them are still under way.
    }
  }

  readonly send: Send = async (events) => {
    this.#assertHeld()
    const send = this.#prepared.get(events)
    this.#prepared.delete(events)
    await (send ? send() : this.#producer.send(this.#toRecords(events)))
  }

  #toRecords(events: readonly OutboxEvent[]) {
    return events.map((event) => eventRecord(event, this.#source))
  }
}
