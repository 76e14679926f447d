import { grantToApp } from './sql/grantEventStore.ts'

export { type Aggregate, type Rejection, reject, type SnapshotRules, streamOf } from './aggregate.ts'
export { type AppendOptions, type AppendResult, append } from './append.ts'
export type { DomainEvent, EventData, EventMetadata, ExpectedVersion, StoredEvent } from './event.ts'
export { createEventStore, type EventStore, type EventStoreOptions } from './eventStore.ts'
export { EventStoreError, type EventStoreErrorCode, eventStoreErrorCodes } from './eventStoreError.ts'
export type { CommandOptions, CommandResult } from './executeCommand.ts'
export { type Loaded, type LoadOptions, loadAggregate } from './loadAggregate.ts'
export { type ReadOptions, readStream, type StreamPage } from './readStream.ts'
export { type RebuildOptions, type RebuildResult, rebuildProjection } from './rebuildProjection.ts'
export type { ReplayPage, ReplayRequest } from './replay.ts'
export {
  type BlockCode,
  type BlockedStream,
  listBlocked,
  retryBlocked,
} from './sql/blockedStreams.ts'
export { countForReplay, type ReplayCount, type ReplaySelection } from './sql/readForReplay.ts'
export { readLag, type SubscriptionLag } from './sql/readLag.ts'
export { type Progress, readProgress } from './sql/readProgress.ts'
export { readVersion } from './sql/readStream.ts'
export { wakeSubscriptions } from './sql/wake.ts'
export { Subscriber, type SubscriberOptions, type SubscriberStatus } from './subscriber.ts'
export { type Projection, type Subscription, subscriptionOf } from './subscription.ts'
export { type Upcasters, upcast } from './upcast.ts'
export { VersionWaiter, type VersionWaiterOptions } from './versionWaiter.ts'

/** The migrations of the schema `event_store`. */
export const eventStoreMigrations = {
  name: 'event-store',
  directory: new URL('./migrations/', import.meta.url),
}

/** What a database with an event store consists of: its migrations, and the rights of each role. */
export const eventStoreSchema = {
  migrations: eventStoreMigrations,
  grants: { app: [grantToApp], relay: [] },
}
