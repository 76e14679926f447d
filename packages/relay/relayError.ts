/** Why a relay cannot go on with an outbox. */
export const relayErrorCodes = {
  /** The schema `outbox` is missing in this database, or older than this code. */
  notMigrated: 'notMigrated',
  /** The cursors were made in another Postgres cluster, so their snapshots mean nothing here. */
  foreignCursor: 'foreignCursor',
  /** The brokers are of another Kafka cluster than the outbox goes to. */
  foreignKafka: 'foreignKafka',
  /** Another relay has taken the shard; what was read for it must not be sent. */
  leaseLost: 'leaseLost',
  /** What was known from a connection that broke must be read again. */
  connectionLost: 'connectionLost',
  /** The replication slot of this name is another database's or another plugin's. */
  slotForeign: 'slotForeign',
  /** Another connection keeps hold of the replication slot. */
  slotBusy: 'slotBusy',
  /** Postgres does not write what logical replication needs to its log. */
  walLevel: 'walLevel',
  /** A replica that a stream has to wait for is away. */
  standbyAway: 'standbyAway',
  /** The publication does not, or may not, show every event. */
  publicationChanged: 'publicationChanged',
  /** The table has events that the stream has passed over, or has not shown for too long. */
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
