import assert from 'node:assert/strict'
import { type Aggregate, isRejection } from './aggregate.ts'
import type { DomainEvent } from './event.ts'

/** The past events; `when` gives the command, `thenEvents` the expected decision. */
export interface Given<State, Command, Event extends DomainEvent, Reason> {
  when(command: Command): When<State, Event, Reason>
}

export interface When<State, Event extends DomainEvent, Reason> {
  /** Expects these events, in this order; none: nothing happens, and nothing is rejected. */
  thenEvents(...events: Event[]): void
  thenRejected(reason: Reason): void
  /** Expects this state after the decision. */
  thenState(state: State): void
}

/**
 * Specifies an aggregate without a database: `given(created).when(cancel).thenEvents(cancelled)`. It also fails if a function of the
 * aggregate is not pure, or if JSON would alter an event or, with snapshots, a state.
 * @throws AssertionError.
 */
export function specify<State, Command, Event extends DomainEvent, Reason>(
  aggregate: Aggregate<State, Command, Event, Reason>,
): (...events: Event[]) => Given<State, Command, Event, Reason> {
  const replay = (events: readonly Event[]): State =>
    events.reduce<State>((state, event) => {
      assertSurvives(event, `The event ${event.type}`)
      const next = aggregate.evolve(frozen(state), frozen(event))
      if (aggregate.snapshot) assertSurvives(next, `The state after ${event.type}`)
      return next
    }, aggregate.initialState())

  return (...events) => ({
    when: (command) => {
      const decide = () => aggregate.decide(frozen(replay(events)), frozen(command))
      const decision = decide()
      assert.deepEqual(decide(), decision, 'decide gives another answer the second time: it is not pure')
      const decided = isRejection(decision) ? [] : decision
      return {
        thenEvents: (...expected) => assert.deepEqual(decision, expected),
        thenRejected: (reason) => assert.deepEqual(decision, { rejected: reason }),
        thenState: (state) => assert.deepEqual(replay([...events, ...decided]), state),
      }
    },
  })
}

function assertSurvives(value: unknown, what: string): void {
  assert.deepEqual(
    JSON.parse(JSON.stringify(value)),
    value,
    `${what} is not the same when it is read from JSON`,
  )
}

/** The value, deeply frozen: writing to it throws. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) frozen(inner)
  }
  return value
}
