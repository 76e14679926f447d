import type { Queryable } from '@relevo/outbox'
import type { DomainEvent, StoredEvent } from './event.ts'
import { EventStoreError } from './eventStoreError.ts'

/**
 * A consumer of the store's events, of every stream of its categories. Each event takes effect once, those of a stream in the order
 * of their versions; between streams there is no order.
 */
export interface Subscription<Event extends DomainEvent = DomainEvent> {
  /** Names its checkpoint, for ever. */
  readonly name: string
  readonly categories: readonly string[]
  /** The types that it applies, as its store's upcasters make them. An event of any other stops its stream, with an alert. */
  readonly types: readonly Event['type'][]
  /** The types that it knows and does not need. */
  readonly ignores?: readonly string[]
  /**
   * Has the effects of events, in the order given, by `tx` only: they are committed together with the checkpoint. When it throws,
   * the events are tried again in smaller portions, until the one that fails is alone and stops its stream.
   */
  apply(events: readonly StoredEvent<Event>[], tx: Queryable): Promise<void>
}

/**
 * A read model in one table, written by the appending transaction (an inline projection) or by a subscription. Its rows must not
 * depend on the order of events between streams: a rebuild sees another one.
 */
export interface Projection<Event extends DomainEvent = DomainEvent>
  extends Omit<Subscription<Event>, 'apply'> {
  /** `schema.table`, as it was given to event_store.define_projection under the projection's name. */
  readonly table: string
  /** Is it written by the transactions that append (`createEventStore({ projections })`), and by no subscription? */
  readonly inline: boolean
  /** Raised when the same events make another read model: a rebuild that was interrupted then starts over. Default 1. */
  readonly revision?: number
  /** As that of a subscription; `table` is where to write: the read model or, in a rebuild, the one to be. */
  apply(events: readonly StoredEvent<Event>[], tx: Queryable, table: string): Promise<void>
}

/**
 * The subscription that keeps a projection's table.
 * @throws EventStoreError `invalidAggregate` when it is inline: its events would be applied twice.
 */
export function subscriptionOf<Event extends DomainEvent>(
  projection: Projection<Event>,
): Subscription<Event> {
  if (projection.inline)
    throw new EventStoreError('invalidAggregate', `The projection "${projection.name}" is inline.`)
  return { ...projection, apply: (events, tx) => projection.apply(events, tx, projection.table) }
}

/** What a subscription does with an event of its categories. */
export function fateOf(
  { types, ignores = [] }: Pick<Subscription, 'types' | 'ignores'>,
  type: string,
): 'apply' | 'ignore' | 'unknown' {
  if (types.includes(type)) return 'apply'
  return ignores.includes(type) ? 'ignore' : 'unknown'
}

const mostNameBytes = 200

/** @throws EventStoreError `invalidAggregate` when a subscription could never work. */
export function checkSubscription({ name, categories }: Pick<Subscription, 'name' | 'categories'>): void {
  if (name === '' || Buffer.byteLength(name) > mostNameBytes)
    throw new EventStoreError('invalidAggregate', `A subscription's name has 1 to ${mostNameBytes} bytes.`)
  if (categories.length === 0 || categories.some((category) => category === '' || category.includes('-')))
    throw new EventStoreError(
      'invalidAggregate',
      `The subscription "${name}" needs categories without a dash.`,
    )
}
