/** A fact of the domain, which an aggregate decides and which changes its state. `data` is any JSON value. */
export interface DomainEvent {
  readonly type: string
  readonly data: unknown
}

/** An event to append. */
export type EventData<Event extends DomainEvent = DomainEvent> = Event & {
  /** A UUID that identifies the event for ever, here and in Kafka; default: a new UUID version 7. */
  readonly eventId?: string
  /** Data outside the domain, for example who requested it. */
  readonly metadata?: EventMetadata
}

export type EventMetadata = Readonly<Record<string, unknown>>

/** An event of a stream. */
export type StoredEvent<Event extends DomainEvent = DomainEvent> = Event & {
  readonly stream: string
  /** Its version in the stream: 1, 2, 3 … */
  readonly version: number
  /** Its number in this store. Numbers are in commit order within a stream, but not necessarily across streams. */
  readonly seq: number
  readonly eventId: string
  readonly metadata: EventMetadata | null
  readonly recordedAt: Date
}

/** The version at which a stream has to be: 0 if it must not exist yet, `any` if it does not matter. */
export type ExpectedVersion = number | 'any'

/** The category of a stream: the part before the first dash, `order` in `order-17`. */
export function categoryOf(stream: string): string {
  return stream.split('-', 1)[0] ?? ''
}
