import type { Queryable } from '@relevo/outbox'
import { type Aggregate, streamOf } from './aggregate.ts'
import type { DomainEvent } from './event.ts'
import { eachEvent } from './readStream.ts'
import { readSnapshot } from './sql/snapshots.ts'
import type { Upcasters } from './upcast.ts'

/** The state of a stream at a version. */
export interface Loaded<State> {
  readonly version: number
  readonly state: State
}

export interface LoadOptions {
  /** Returns the state at this version; default: the current one. */
  readonly upTo?: number | undefined
  readonly upcasters?: Upcasters
}

/**
 * Loads the state of an aggregate from its last snapshot and the events since.
 * @throws EventStoreError; the errors of `client`, of upcasters and of `evolve`.
 */
export async function loadAggregate<State, Event extends DomainEvent>(
  client: Queryable,
  aggregate: Pick<
    Aggregate<State, never, Event, unknown>,
    'category' | 'initialState' | 'evolve' | 'snapshot'
  >,
  id: string,
  { upTo, upcasters = {} }: LoadOptions = {},
): Promise<Loaded<State>> {
  const stream = streamOf(aggregate, id)
  const { snapshot } = aggregate
  const kept = snapshot && (await readSnapshot(client, stream, snapshot.revision, upTo ?? null))
  const from: Loaded<State> = kept
    ? { version: kept.version, state: kept.state as State }
    : { version: 0, state: aggregate.initialState() }
  return evolveFrom(client, aggregate, stream, from, { upTo, upcasters })
}

/** The state after the events that follow the loaded one. */
export async function evolveFrom<State, Event extends DomainEvent>(
  client: Queryable,
  { evolve }: Pick<Aggregate<State, never, Event, unknown>, 'evolve'>,
  stream: string,
  { version: after, state: loaded }: Loaded<State>,
  { upTo, upcasters = {} }: LoadOptions,
): Promise<Loaded<State>> {
  let state = loaded
  let version = after
  const range = { after, upcasters, ...(upTo !== undefined && { upTo }) }
  for await (const event of eachEvent<Event>(client, stream, range)) {
    state = evolve(state, event)
    version = event.version
  }
  return { version, state }
}
