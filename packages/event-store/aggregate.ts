import type { DomainEvent } from './event.ts'
import { EventStoreError } from './eventStoreError.ts'

/**
 * A kind of thing whose state is told by the events of its stream. All of its functions are pure: they neither change what
 * they are given, nor ask the time, draw a number or look anything up; what they need is in the command.
 */
export interface Aggregate<State, Command, Event extends DomainEvent, Reason = string> {
  /** Names its streams, `order` those of `order-17`; without a dash. */
  readonly category: string
  /** The state of a stream without events. */
  initialState(): State
  /** The events that a command brings about, none if there is nothing to do, or why it is rejected ({@link reject}). */
  decide(state: State, command: Command): readonly Event[] | Rejection<Reason>
  /** The state after an event. */
  evolve(state: State, event: Event): State
  /** Default: states are made of all events. */
  readonly snapshot?: SnapshotRules | undefined
}

/** States are kept as JSON now and then, so that long streams load fast. They may be deleted at any time. */
export interface SnapshotRules {
  /** Events between two snapshots of a stream. */
  readonly every: number
  /** To be raised when the state, `evolve` or an upcaster changes: snapshots of other revisions are not used. */
  readonly revision: number
}

/** A command that the state does not allow, as a value: nothing has gone wrong. */
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
 * The stream of one of them.
 * @throws EventStoreError `invalidAggregate` when the category is empty or has a dash.
 */
export function streamOf({ category }: { readonly category: string }, id: string): string {
  if (category === '' || category.includes('-'))
    throw new EventStoreError(
      'invalidAggregate',
      `The category "${category}" must have no dash and a letter.`,
    )
  return `${category}-${id}`
}
