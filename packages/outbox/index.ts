import { grantToApp, grantToRelay } from './sql/grantOutbox.ts'

export {
  AcknowledgementWatcher,
  type AcknowledgementWatcherOptions,
  type EventState,
} from './acknowledgementWatcher.ts'
export { enqueue } from './enqueue.ts'
export type { NewEvent, Queryable, RecordedEvent } from './event.ts'
export { type ErrorLayer, errorLayers } from './explainError.ts'
export { OutboxError, type OutboxErrorCode, outboxErrorCodes } from './outboxError.ts'
export { countByState } from './sql/countByState.ts'
export { type EventPage, type ListedEvent, listEvents } from './sql/listEvents.ts'
export { isStorable, storableJson } from './storableJson.ts'

/** The migrations of the schema `outbox`. */
export const outboxMigrations = { name: 'outbox', directory: new URL('./migrations/', import.meta.url) }

/** What a database with an outbox consists of: its migrations, and the rights of each role. */
export const outboxSchema = {
  migrations: outboxMigrations,
  grants: { app: [grantToApp], relay: [grantToRelay] },
}
