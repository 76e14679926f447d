import type { DomainEvent } from './event.ts'
import { EventStoreError } from './eventStoreError.ts'

/**
 * Converts events stored by older code to their current form: for each stored type, a pure function to
 * the event of the next type. Its result is upcast as well, until there is no upcaster for its type. Stored events never change.
 */
export type Upcasters = Readonly<Record<string, (event: DomainEvent) => DomainEvent>>

/** More than any type needs; two types that lead to each other would loop for ever. */
const mostSteps = 100

/**
 * Returns the event in its current form.
 * @throws EventStoreError `invalidAggregate` if the upcasters form a cycle; the errors of an upcaster.
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
