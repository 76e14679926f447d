import type { DomainEvent } from './event.ts'
import { EventStoreError } from './eventStoreError.ts'

/**
 * A kind of entity whose state follows from the events of its stream. All of its functions are pure: they do not change their
 * arguments, read the clock, draw random numbers or look anything up; the command carries what they need.
 */
export interface Aggregate<State, Command, Event extends DomainEvent, Reason = string> {
  /** Prefix of its streams, for example `order` for `order-17`; without a dash. */
  readonly category: string
  /** The state of a stream without events. */
  initialState(): State
  /** The events that result from a command, none if there is nothing to do, or why it is rejected ({@link reject}). */
  decide(state: State, command: Command): readonly Event[] | Rejection<Reason>
  /** The state after an event. */
  evolve(state: State, event: Event): State
  /** Default: states are computed from all events. */
  readonly snapshot?: SnapshotRules | undefined
}

/** States are stored as JSON from time to time, so that long streams load fast. They may be deleted at any time. */
export interface SnapshotRules {
  /** Events between two snapshots of a stream. */
  readonly every: number
  /** Raise it when the state, `evolve` or an upcaster changes: snapshots of other revisions are not used. */
  readonly revision: number
}

/** A command that the state does not allow, as a value, since it is not an error. */
export interface Rejection<Reason> {
  readonly rejected: Reason
}

/** What `decide` returns for a command that it rejects. */
export function reject<Reason>(reason: Reason): Rejection<Reason> {
  return { rejected: reason }
}

export function isRejection<Event, Reason>(
  decision: readonly Event[] | Rejection<Reason>,
): decision is Rejection<Reason> {
  return 'rejected' in decision
}

/**
 * The stream of one entity.
 * @throws EventStoreError `invalidAggregate` if the category is empty or has a dash.
 */
export function streamOf({ category }: { readonly category: string }, id: string): string {
  if (category === '' || category.includes('-'))
    throw new EventStoreError(
      'invalidAggregate',
      `The category "${category}" must have no dash and a letter.`,
    )
  return `${category}-${id}`
}
