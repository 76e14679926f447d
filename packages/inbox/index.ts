export { createInbox, type Inbox, type InboxOptions } from './inbox.ts'
export type { InboxStats } from './inboxCounts.ts'
export { InboxError, type InboxErrorCode, inboxErrorCodes } from './inboxError.ts'
export {
  type InboxEvent,
  type InboxHandler,
  type InboxHandlers,
  type InboxTransaction,
  inboxHandler,
} from './inboxEvent.ts'
export { type DeadLetterReason, deadLetterReasons } from './receivedRecord.ts'
export { grantToApp } from './sql/grantInbox.ts'

/** The migrations of the schema `inbox`. */
export const inboxMigrations = { name: 'inbox', directory: new URL('./migrations/', import.meta.url) }
