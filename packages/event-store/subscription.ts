import type { Queryable } from '@relevo/outbox'
import type { DomainEvent, StoredEvent } from './event.ts'
import { EventStoreError } from './eventStoreError.ts'

/**
 * Consumes the store's events, from every stream of its categories. Each event takes effect once, within a stream in the order
 * of versions; there is no order between streams.
 */
export interface Subscription<Event extends DomainEvent = DomainEvent> {
  /** Name of its checkpoint; must never change. */
  readonly name: string
  readonly categories: readonly string[]
  /** The types that it applies, after the store's upcasters. An event of any other type stops its stream, with an alert. */
  readonly types: readonly Event['type'][]
  /** Types to skip. */
  readonly ignores?: readonly string[]
  /**
   * Applies events, in the order given, only through `tx`: the effects commit together with the checkpoint. If it throws,
   * the events are retried in smaller portions, until the failing one stands alone and stops its stream.
   */
  apply(events: readonly StoredEvent<Event>[], tx: Queryable): Promise<void>
}

/**
 * A read model in one table, written by the appending transaction (an inline projection) or by a subscription. Its rows must not
 * depend on the order of events between streams: a rebuild sees a different order.
 */
export interface Projection<Event extends DomainEvent = DomainEvent>
  extends Omit<Subscription<Event>, 'apply'> {
  /** `schema.table`, as passed to event_store.define_projection under the projection's name. */
  readonly table: string
  /** Whether appending transactions write it (`createEventStore({ projections })`) instead of a subscription. */
  readonly inline: boolean
  /** Raise it if the same events give another read model: an interrupted rebuild then starts over. Default 1. */
  readonly revision?: number
  /** Like a subscription's; `table` is the target: the read model or, in a rebuild, its successor. */
  apply(events: readonly StoredEvent<Event>[], tx: Queryable, table: string): Promise<void>
}

/**
 * The subscription that maintains a projection's table.
 * @throws EventStoreError `invalidAggregate` if it is inline: its events would be applied twice.
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

/** @throws EventStoreError `invalidAggregate` if a subscription could never work. */
export function checkSubscription({ name, categories }: Pick<Subscription, 'name' | 'categories'>): void {
  if (name === '' || Buffer.byteLength(name) > mostNameBytes)
    throw new EventStoreError('invalidAggregate', `A subscription's name has 1 to ${mostNameBytes} bytes.`)
  if (categories.length === 0 || categories.some((category) => category === '' || category.includes('-')))
    throw new EventStoreError(
      'invalidAggregate',
      `The subscription "${name}" needs categories without a dash.`,
    )
}
