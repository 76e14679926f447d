import type { Queryable } from '@relevo/outbox'
import { categoryOf, type DomainEvent, type StoredEvent } from './event.ts'
import { EventStoreError } from './eventStoreError.ts'
import { checkSubscription, fateOf, type Projection } from './subscription.ts'
import { type Upcasters, upcast } from './upcast.ts'

/** @throws EventStoreError `invalidAggregate` unless it is a projection that the appending transaction can write. */
export function checkInline(projection: Projection): void {
  checkSubscription(projection)
  if (!projection.inline)
    throw new EventStoreError('invalidAggregate', `The projection "${projection.name}" is not inline.`)
}

/**
 * Writes events that were just appended to the projections of their category.
 * @throws EventStoreError `unknownEvent`; the errors of the projections.
 */
export async function applyInline(
  client: Queryable,
  appended: readonly StoredEvent[],
  projections: readonly Projection[],
  upcasters: Upcasters,
): Promise<void> {
  const category = categoryOf(appended[0]?.stream ?? '')
  for (const projection of projections.filter(({ categories }) => categories.includes(category))) {
    const events = appended.flatMap((event) => wanted(event, projection, upcasters))
    if (events.length > 0) await projection.apply(events, client, projection.table)
  }
}

function wanted(
  event: StoredEvent,
  projection: Projection,
  upcasters: Upcasters,
): StoredEvent<DomainEvent>[] {
  const today = { ...event, ...upcast({ type: event.type, data: event.data }, upcasters) }
  const fate = fateOf(projection, today.type)
  if (fate === 'unknown')
    throw new EventStoreError(
      'unknownEvent',
      `The projection "${projection.name}" does not know the type "${today.type}". Have it applied or ignored.`,
    )
  return fate === 'apply' ? [today] : []
}
