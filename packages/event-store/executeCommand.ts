import { type Queryable, storableJson } from '@relevo/outbox'
import { type Aggregate, isRejection, streamOf } from './aggregate.ts'
import type { AppendOptions, AppendResult } from './append.ts'
import type { DomainEvent, EventData, EventMetadata, ExpectedVersion, StoredEvent } from './event.ts'
import { evolveFrom, type Loaded, loadAggregate } from './loadAggregate.ts'
import { eachEvent } from './readStream.ts'
import { lockStream } from './sql/lockStream.ts'
import { findCommand } from './sql/readStream.ts'
import { storeSnapshot } from './sql/snapshots.ts'
import type { Upcasters } from './upcast.ts'

export interface CommandOptions extends AppendOptions {
  /** The version that the client has seen: with another one the result is a conflict. Default: any. */
  readonly expectedVersion?: number | undefined
  /** Metadata of every event of the command. */
  readonly metadata?: EventMetadata | undefined
}

/**
 * `accepted`: the events are appended; there may be none. `repeated`: the command was accepted before, with these
 * events; nothing is decided again. `rejected`: the state does not allow it. `conflict`: the stream is not at the version
 * that the client expects.
 */
export type CommandResult<State, Event extends DomainEvent, Reason> =
  | ({ readonly outcome: 'accepted' | 'repeated'; readonly events: StoredEvent<Event>[] } & Loaded<State>)
  | ({ readonly outcome: 'rejected'; readonly reason: Reason } & Loaded<State>)
  | { readonly outcome: 'conflict'; readonly version: number }

/** Appends events: {@link append}, or a function that does more. */
export type Appender = <Event extends DomainEvent>(
  client: Queryable,
  stream: string,
  expectedVersion: ExpectedVersion,
  events: readonly EventData<Event>[],
  options?: AppendOptions,
) => Promise<AppendResult<Event>>

export interface CommandPorts {
  readonly append: Appender
  readonly upcasters: Upcasters
}

/** From the second on it queues for the stream, where only appends without a command can overtake it. */
const mostAttempts = 100

/**
 * Loads an aggregate, decides on a command and appends its events, in the caller's transaction. If another transaction was
 * faster, it queues for the stream, loads the new events and decides again.
 * @throws EventStoreError; the errors of `client`, and of the aggregate's functions.
 */
export async function executeCommand<State, Command, Event extends DomainEvent, Reason>(
  client: Queryable,
  aggregate: Aggregate<State, Command, Event, Reason>,
  id: string,
  command: Command,
  options: CommandOptions,
  ports: CommandPorts,
): Promise<CommandResult<State, Event, Reason>> {
  const stream = streamOf(aggregate, id)
  const { commandId, expectedVersion } = options
  const repeated = commandId && (await findRepeated(client, aggregate, id, commandId, ports.upcasters))
  if (repeated) return repeated
  let loaded = await loadAggregate<State, Event>(client, aggregate, id, ports)
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const { version } = loaded
    if (expectedVersion !== undefined && expectedVersion !== version) return { outcome: 'conflict', version }
    const result = await tryCommand(client, aggregate, id, command, loaded, options, ports)
    if (result) return result
    await lockStream(client, stream)
    loaded = await evolveFrom<State, Event>(client, aggregate, stream, loaded, ports)
  }
  return { outcome: 'conflict', version: loaded.version }
}

/** Decides on what is loaded; undefined if the stream has advanced meanwhile. */
async function tryCommand<State, Command, Event extends DomainEvent, Reason>(
  client: Queryable,
  aggregate: Aggregate<State, Command, Event, Reason>,
  id: string,
  command: Command,
  loaded: Loaded<State>,
  { commandId, metadata, record }: CommandOptions,
  { append, upcasters }: CommandPorts,
): Promise<CommandResult<State, Event, Reason> | undefined> {
  const decision = aggregate.decide(loaded.state, command)
  if (isRejection(decision)) return { outcome: 'rejected', reason: decision.rejected, ...loaded }
  if (decision.length === 0) return { outcome: 'accepted', events: [], ...loaded }
  const events = decision.map((event) => ({ ...event, ...(metadata && { metadata }) }))
  const stream = streamOf(aggregate, id)
  const result = await append<Event>(client, stream, loaded.version, events, { commandId, record })
  if (result.outcome === 'appended') return accept(client, aggregate, loaded, result.events)
  // The same command ran concurrently: its events are there now.
  if (result.outcome === 'repeated') return repeatedAt(client, aggregate, id, result.events, upcasters)
  return undefined
}

async function accept<State, Event extends DomainEvent>(
  client: Queryable,
  { evolve, snapshot }: Pick<Aggregate<State, never, Event, unknown>, 'evolve' | 'snapshot'>,
  before: Loaded<State>,
  events: StoredEvent<Event>[],
) {
  const state = events.reduce<State>((current, event) => evolve(current, event), before.state)
  const last = events.at(-1)
  const version = last?.version ?? before.version
  if (last && snapshot && isSnapshotDue(before.version, version, snapshot.every)) {
    const { stream, eventId } = last
    const text = storableJson(state, `The state of ${stream}`)
    await storeSnapshot(client, { stream, version, eventId, revision: snapshot.revision, state: text })
  }
  return { outcome: 'accepted' as const, events, version, state }
}

/** Has a stream that went from one version to another passed a multiple of `every`? */
export function isSnapshotDue(before: number, after: number, every: number): boolean {
  return Math.floor(after / every) > Math.floor(before / every)
}

async function findRepeated<State, Event extends DomainEvent>(
  client: Queryable,
  aggregate: Aggregate<State, never, Event, unknown>,
  id: string,
  commandId: string,
  upcasters: Upcasters,
) {
  const stream = streamOf(aggregate, id)
  const found = await findCommand(client, stream, commandId)
  if (!found) return undefined
  const events: StoredEvent<Event>[] = []
  const range = { after: found.first - 1, upTo: found.last, upcasters }
  for await (const event of eachEvent<Event>(client, stream, range)) events.push(event)
  return repeatedAt(client, aggregate, id, events, upcasters)
}

/** The first result of a command: the state right after its events. */
async function repeatedAt<State, Event extends DomainEvent>(
  client: Queryable,
  aggregate: Aggregate<State, never, Event, unknown>,
  id: string,
  events: StoredEvent<Event>[],
  upcasters: Upcasters,
) {
  const upTo = events.at(-1)?.version
  const { version, state } = await loadAggregate<State, Event>(client, aggregate, id, { upTo, upcasters })
  return { outcome: 'repeated' as const, events, version, state }
}
