export { audit, type ShardAudit } from './audit.ts'
export { type Backlog, backlog } from './backlog.ts'
export { Maintenance, type MaintenanceOptions } from './maintenance.ts'
export { OutboxMonitor, type OutboxMonitorOptions } from './outboxMonitor.ts'
export {
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  type QuarantinedKey,
  quarantineCommands,
} from './quarantineAdmin.ts'
export { rebase } from './rebase.ts'
export { Relay, type RelayOptions, type RelayStatus } from './relay.ts'
export { RelayError, type RelayErrorCode, relayErrorCodes } from './relayError.ts'
