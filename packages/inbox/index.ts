import { grantToApp } from './sql/grantInbox.ts'

export { type Origin, originOf } from '@relevo/origin'
export { type Availability, createAvailability } from './availability.ts'
export { createInbox, type Inbox, type InboxOptions } from './inbox.ts'
export type { InboxStats } from './inboxCounts.ts'
export { InboxError, type InboxErrorCode, inboxErrorCodes } from './inboxError.ts'
export {
  type InboxBatchHandler,
  type InboxEvent,
  type InboxEventOf,
  type InboxHandler,
  type InboxHandlers,
  type InboxTransaction,
  inboxBatch,
  inboxHandler,
} from './inboxEvent.ts'
export { type ConsumerLag, readLag } from './operate/readLag.ts'
export { type RedriveOptions, type RedriveResult, redriveDeadLetters } from './operate/redriveDeadLetters.ts'
export {
  type ReplaceRequest,
  type ReplaceResult,
  type ReplaceRules,
  replaceDeadLetter,
} from './operate/replaceDeadLetter.ts'
export {
  previewRewind,
  type RewindRequest,
  type RewoundPartition,
  rewindConsumer,
} from './operate/rewindConsumer.ts'
export {
  type DeadLetterReason,
  deadLetterReasons,
  type ReceivedRecord,
  type ReceiveOptions,
  receiveRecord,
} from './receivedRecord.ts'
export { countDeadLetters } from './sql/countDeadLetters.ts'
export {
  type DeadLetterFilter,
  type DeadLetterState,
  deadLetterStates,
  type SqlClient,
} from './sql/deadLetterFilter.ts'
export { type DeadLetterGroup, groupDeadLetters } from './sql/groupDeadLetters.ts'
export {
  type DeadLetter,
  type DeadLetterPage,
  listDeadLetters,
  type PageOptions,
  readDeadLetter,
  type WholeDeadLetter,
} from './sql/listDeadLetters.ts'
export { previewRedrive, type RedrivePreview } from './sql/previewRedrive.ts'
export { type Consumption, readConsumption } from './sql/readConsumption.ts'
export { listTakenTopics } from './sql/setTaken.ts'
export { archiveDeadLetters, discardDeadLetters, reviveDeadLetters } from './sql/settleDeadLetters.ts'
export { type MaybePipelined, together } from './together.ts'

/** The migrations of the schema `inbox`. */
export const inboxMigrations = { name: 'inbox', directory: new URL('./migrations/', import.meta.url) }

/** What a database with an inbox consists of: its migrations, and the rights of each role. */
export const inboxSchema = { migrations: inboxMigrations, grants: { app: [grantToApp], relay: [] } }
