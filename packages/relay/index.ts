export { audit, type ShardAudit } from './operate/audit.ts'
export { type Backlog, backlog } from './operate/backlog.ts'
export { Canary, type CanaryOptions } from './operate/canary.ts'
export {
  awaitCommand,
  type CommandedKey,
  type CommandOutcome,
  commandFilter,
  commandQuarantine,
} from './operate/commandQuarantine.ts'
export { Maintenance, type MaintenanceOptions } from './operate/maintenance.ts'
export { OutboxMonitor, type OutboxMonitorOptions } from './operate/outboxMonitor.ts'
export { findProblems, type OutboxStatus, outboxStatus } from './operate/outboxStatus.ts'
export {
  countQuarantine,
  listQuarantine,
  type QuarantineCommand,
  type QuarantinedEvent,
  type QuarantinedKey,
  type QuarantineFilter,
  type QuarantinePage,
  type QuarantineState,
  quarantineCommands,
  quarantinePlace,
  quarantineStates,
  showQuarantine,
} from './operate/quarantineAdmin.ts'
export { rebase, rebaseKafka } from './operate/rebase.ts'
export {
  abortRepublication,
  listRepublications,
  previewRepublish,
  type Republication,
  type RepublishPreview,
  type RepublishSpan,
  readRepublication,
  requestRepublish,
} from './operate/republish.ts'
export {
  type EventSearch,
  type EventSearchResult,
  type FoundEvent,
  searchEvents,
} from './operate/searchEvents.ts'
export { Relay, type RelayOptions, type RelayStatus } from './relay.ts'
export { RelayError, type RelayErrorCode, relayErrorCodes } from './relayError.ts'
