import type { OutboxEvent } from './event.ts'
import type { EventError } from './publishEvents.ts'

/** Some events cannot be encoded as records; nothing was sent. */
export class EncodingError extends Error {
  readonly code = 'unencodable'
  readonly failed: readonly number[]
  /** One for each event at fault, by ascending index. */
  readonly errors: readonly EventError[]

  /** @param faults by the index of the event, why it cannot be encoded. */
  constructor(events: readonly OutboxEvent[], faults: ReadonlyMap<number, unknown>) {
    super(`${faults.size} of ${events.length} events cannot be encoded`)
    this.name = 'EncodingError'
    this.failed = [...events.keys()]
    this.errors = [...faults].map(([index, error]) => ({
      index,
      code: this.code,
      scope: 'record',
      topic: events[index]?.topic ?? '',
      partition: -1,
      message: `The event cannot be encoded: ${error instanceof Error ? error.message : String(error)}`,
    }))
  }
}
