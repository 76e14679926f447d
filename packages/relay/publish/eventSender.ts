import type { OutgoingRecord, Producer } from '@relevo/kafka'
import { EncodingError } from './encodingError.ts'
import type { OutboxEvent } from './event.ts'
import { eventRecord } from './eventRecord.ts'
import type { Prepared, Send } from './publishEvents.ts'
import { inSendSpan } from './sendSpan.ts'

/** Sends events to Kafka as records from `source`. */
export class EventSender {
  readonly #producer: Producer
  readonly #source: string
  readonly #assertMaySend: () => void | Promise<void>

  /** @param assertMaySend is called before each send; throws if nothing may be sent, or no longer. */
  constructor(producer: Producer, source: string, assertMaySend: () => void | Promise<void>) {
    this.#producer = producer
    this.#source = source
    this.#assertMaySend = assertMaySend
  }

  /** Encodes events ahead of sending them. @returns undefined if one cannot be encoded: `send` says which. */
  prepare(events: readonly OutboxEvent[]): Prepared | undefined {
    try {
      const send = this.#producer.prepare(() => this.#toRecords(events))
      return async () => {
        await this.#assertMaySend()
        await inSendSpan(events, this.#source, send)
      }
    } catch {
      return undefined
    }
  }

  /** Sends events. @throws EncodingError if some cannot be encoded; nothing was sent then. */
  readonly send: Send = async (events) => {
    await this.#assertMaySend()
    const records = this.#toRecords(events)
    await inSendSpan(events, this.#source, () => this.#producer.send(records))
  }

  #toRecords(events: readonly OutboxEvent[]): OutgoingRecord[] {
    const records: OutgoingRecord[] = []
    const faults = new Map<number, unknown>()
    for (const [index, event] of events.entries()) {
      try {
        records.push(eventRecord(event, this.#source))
      } catch (error) {
        faults.set(index, error)
      }
    }
    if (faults.size > 0) throw new EncodingError(events, faults)
    return records
  }
}
