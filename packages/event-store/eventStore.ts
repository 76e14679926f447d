import { enqueue, type NewEvent, type Queryable } from '@relevo/outbox'
import type { Registry } from 'prom-client'
import type { Aggregate } from './aggregate.ts'
import { type AppendOptions, type AppendResult, append } from './append.ts'
import { applyInline, checkInline } from './applyInline.ts'
import {
  categoryOf,
  type DomainEvent,
  type EventData,
  type ExpectedVersion,
  type StoredEvent,
} from './event.ts'
import { createEventStoreMetrics, type EventStoreMetrics } from './eventStoreMetrics.ts'
import { type CommandOptions, type CommandResult, executeCommand } from './executeCommand.ts'
import { type Loaded, type LoadOptions, loadAggregate } from './loadAggregate.ts'
import { type ReadOptions, readStream, type StreamPage } from './readStream.ts'
import { type ReplayPage, type ReplayRequest, replayPage } from './replay.ts'
import type { Projection } from './subscription.ts'
import type { Upcasters } from './upcast.ts'

export interface EventStoreOptions<Stored extends DomainEvent = DomainEvent> {
  readonly upcasters?: Upcasters
  /**
   * The form in which an event is published to Kafka, if it is. It is recorded in the outbox of the same database, in the same
   * transaction and under the event's id; its key is the stream, unless another is given.
   */
  readonly publish?: (event: StoredEvent<Stored>) => Omit<NewEvent, 'eventId'> | undefined
  /** Read models that the appending transaction writes. */
  readonly projections?: readonly Projection[]
  readonly registry?: Registry
}

/** Every function works in the caller's transaction, through a client of node-postgres or a wrapper. */
export interface EventStore {
  /**
   * Like {@link append}, and also writes the inline projections and records what is published. Further errors: OutboxError, those
   * of the projections, and EventStoreError `unknownEvent`.
   */
  append<Event extends DomainEvent>(
    client: Queryable,
    stream: string,
    expectedVersion: ExpectedVersion,
    events: readonly EventData<Event>[],
    options?: AppendOptions,
  ): Promise<AppendResult<Event>>
  /** Like {@link readStream}, with the store's upcasters. */
  read<Event extends DomainEvent = DomainEvent>(
    client: Queryable,
    stream: string,
    options?: Omit<ReadOptions, 'upcasters'>,
  ): Promise<StreamPage<Event>>
  /** Like {@link loadAggregate}, with the store's upcasters. */
  load<State, Event extends DomainEvent>(
    client: Queryable,
    aggregate: Aggregate<State, never, Event, unknown>,
    id: string,
    options?: Omit<LoadOptions, 'upcasters'>,
  ): Promise<Loaded<State>>
  /** Like {@link executeCommand}. Further errors: OutboxError. */
  execute<State, Command, Event extends DomainEvent, Reason>(
    client: Queryable,
    aggregate: Aggregate<State, Command, Event, Reason>,
    id: string,
    command: Command,
    options?: CommandOptions,
  ): Promise<CommandResult<State, Event, Reason>>
  /** Like {@link replayPage}, for what the store publishes. Further errors: those of upcasters and of `publish`. */
  replay(client: Queryable, request: ReplayRequest): Promise<ReplayPage>
}

/** The event store of a service: how its events are read, projected and published. */
export function createEventStore<Stored extends DomainEvent = DomainEvent>(
  options: EventStoreOptions<Stored> = {},
): EventStore {
  const { upcasters = {}, publish, projections = [], registry } = options
  for (const projection of projections) checkInline(projection)
  const metrics = registry && createEventStoreMetrics(registry)
  const appendAndPublish: EventStore['append'] = async (client, stream, expectedVersion, events, how) => {
    const result = await append(client, stream, expectedVersion, events, { ...how, upcasters })
    if (metrics) count(metrics, stream, result)
    if (result.outcome !== 'appended') return result
    const drafts = publish ? toDrafts(result.events as unknown as StoredEvent<Stored>[], publish) : []
    const record = how?.record ?? ((events: readonly NewEvent[]) => enqueue(client, events))
    const apply = () => applyInline(client, result.events, projections, upcasters)
    await both(client, apply, () => record(drafts))
    return result
  }
  return {
    append: appendAndPublish,
    read: (client, stream, how) => readStream(client, stream, { ...how, upcasters }),
    load: (client, aggregate, id, how) => loadAggregate(client, aggregate, id, { ...how, upcasters }),
    execute: (client, aggregate, id, command, how = {}) =>
      executeCommand(client, aggregate, id, command, how, { append: appendAndPublish, upcasters }),
    replay: (client, request) =>
      replayPage(client, request, {
        upcasters,
        toDrafts: (events) => (publish ? toDrafts(events as unknown as StoredEvent<Stored>[], publish) : []),
      }),
  }
}

/** Concurrently if the connection is pipelined. Rejects only when both have ended, so that the transaction can end, too. */
async function both(
  client: Queryable & { readonly pipeline?: boolean },
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<void> {
  const begun = first()
  if (!client.pipeline) await begun
  for (const ended of await Promise.allSettled([begun, second()]))
    if (ended.status === 'rejected') throw ended.reason
}

function toDrafts<Stored extends DomainEvent>(
  events: readonly StoredEvent<Stored>[],
  publish: NonNullable<EventStoreOptions<Stored>['publish']>,
): NewEvent[] {
  return events.flatMap((event) => {
    const draft = publish(event)
    return draft ? [{ key: event.stream, ...draft, eventId: event.eventId }] : []
  })
}

function count(metrics: EventStoreMetrics, stream: string, result: AppendResult): void {
  const category = categoryOf(stream)
  if (result.outcome === 'conflict') metrics.conflicts.inc({ category })
  if (result.outcome === 'appended') metrics.appended.inc({ category }, result.events.length)
}
