/** A fact of the domain: what an aggregate decides, and what evolves its state. `data` is any JSON value. */
export interface DomainEvent {
  readonly type: string
  readonly data: unknown
}

/** An event to append. */
export type EventData<Event extends DomainEvent = DomainEvent> = Event & {
  /** A UUID that names the event for ever, here and in Kafka; default: a new UUID version 7. */
  readonly eventId?: string
  /** What is not of the domain, for example who asked for it. */
  readonly metadata?: EventMetadata
}

export type EventMetadata = Readonly<Record<string, unknown>>

/** An event of a stream. */
export type StoredEvent<Event extends DomainEvent = DomainEvent> = Event & {
  readonly stream: string
  /** Its place in the stream: 1, 2, 3 … */
  readonly version: number
  /** Its number in this store. Of one stream the numbers are in commit order, of several they need not be. */
  readonly seq: number
  readonly eventId: string
  readonly metadata: EventMetadata | null
  readonly recordedAt: Date
}

/** The version that a stream has to be at: 0 where it must not exist yet, `any` where it does not matter. */
export type ExpectedVersion = number | 'any'

/** What streams have in common: what is before the first dash, `order` of `order-17`. */
export function categoryOf(stream: string): string {
  return stream.split('-', 1)[0] ?? ''
}
