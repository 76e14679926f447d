export { audit, type ShardAudit } from './operate/audit.ts'
export { type Backlog, backlog } from './operate/backlog.ts'
export { Maintenance, type MaintenanceOptions } from './operate/maintenance.ts'
export { OutboxMonitor, type OutboxMonitorOptions } from './operate/outboxMonitor.ts'
export {
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  type QuarantinedKey,
  quarantineCommands,
} from './operate/quarantineAdmin.ts'
export { rebase } from './operate/rebase.ts'
export { Relay, type RelayOptions, type RelayStatus } from './relay.ts'
export { RelayError, type RelayErrorCode, relayErrorCodes } from './relayError.ts'
