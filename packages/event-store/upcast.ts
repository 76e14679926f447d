import type { DomainEvent } from './event.ts'
import { EventStoreError } from './eventStoreError.ts'

/**
 * Makes of an event, as it was stored by older code, one of today's: by the stored type, a pure function of the event to
 * the event of the next type. What it returns is upcast as well, until there is none for its type. Stored events never change.
 */
export type Upcasters = Readonly<Record<string, (event: DomainEvent) => DomainEvent>>

/** More than any type has had; two types that lead to each other would go on for ever. */
const mostSteps = 100

/**
 * Today's event.
 * @throws EventStoreError `invalidAggregate` when the upcasters go round in a circle; the errors of an upcaster.
 */
export function upcast(event: DomainEvent, upcasters: Upcasters): DomainEvent {
  let current = event
  for (let step = 0; step < mostSteps; step++) {
    const next = Object.hasOwn(upcasters, current.type) ? upcasters[current.type] : undefined
    if (next === undefined) return current
    const { type, data } = next(current)
    current = { type, data }
  }
  throw new EventStoreError(
    'invalidAggregate',
    `The upcasters of "${event.type}" lead round in a circle. Let each lead to a type of its own.`,
  )
}
