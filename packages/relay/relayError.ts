/** Why a relay cannot work on an outbox. */
export const relayErrorCodes = {
  /** The schema `outbox` is missing from this database, or older than this code. */
  notMigrated: 'notMigrated',
  /** The cursors come from another Postgres cluster, so their snapshots mean nothing here. */
  foreignCursor: 'foreignCursor',
  /** The brokers belong to a different Kafka cluster than the outbox's. */
  foreignKafka: 'foreignKafka',
  /** Another relay has taken the shard; events read for it must not be sent. */
  leaseLost: 'leaseLost',
  /** State read through a broken connection must be read again. */
  connectionLost: 'connectionLost',
  /** The replication slot of this name belongs to another database or plugin. */
  slotForeign: 'slotForeign',
  /** Another connection holds the replication slot. */
  slotBusy: 'slotBusy',
  /** Postgres' log lacks what logical replication needs (`wal_level`). */
  walLevel: 'walLevel',
  /** A replica that a stream has to wait for is down. */
  standbyAway: 'standbyAway',
  /** The publication does not, or might not, show every event. */
  publicationChanged: 'publicationChanged',
  /** The table has events that the stream has skipped, or has not shown for too long. */
  streamSilent: 'streamSilent',
  /** The audit has found that events are missing. */
  auditDifference: 'auditDifference',
} as const

export type RelayErrorCode = (typeof relayErrorCodes)[keyof typeof relayErrorCodes]

export class RelayError extends Error {
  readonly code: RelayErrorCode
  readonly retryable = true

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RelayError'
    this.code = code
  }
}
