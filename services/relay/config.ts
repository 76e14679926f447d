import {
  bytes,
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  httpVariables,
  int,
  kafkaVariables,
  oneOf,
  operatorVariables,
  processVariables,
  string,
} from '@relevo/kit'
import { checkSlot } from './slotName.ts'

/** What the relay can be set to. */
export const configSpec = defineConfig(
  {
    ...processVariables,
    ...operatorVariables,
    ...httpVariables(3002),
    databaseUrl: databaseVariables.databaseUrl,
    databasePasswordFile: databaseVariables.databasePasswordFile,
    ...kafkaVariables('relevo-relay'),
    eventSource: string('EVENT_SOURCE', {
      default: '/relevo/messages',
      doc: "The CloudEvents attribute `source` of this outbox's events",
    }),
    relaySource: oneOf('RELAY_SOURCE', ['table', 'wal'], {
      default: 'table',
      doc: 'Where events are read: table, or wal for the write-ahead log (wal_level = logical, role with REPLICATION)',
    }),
    relaySlot: string('RELAY_SLOT', {
      optional: true,
      doc: "The outbox's replication slot; not set: relevo_ and the name of the database",
    }),
    relayOwner: string('RELAY_OWNER', {
      optional: true,
      doc: 'Name of this relay among its peers; not set: the host name and a random suffix',
    }),
    leaseMs: duration('LEASE_MS', {
      default: 6_000,
      min: 500,
      max: 10_000,
      doc: "How long a shard stays a relay's without a sign of life from it",
    }),
    pageRows: int('PAGE_ROWS', { default: 1_000, min: 1, max: 10_000, doc: 'Most events sent at once' }),
    pageBytes: bytes('PAGE_BYTES', {
      default: 4_194_304,
      min: 1_024,
      max: 67_108_864,
      doc: 'Most payload sent at once; twice that may be in memory',
    }),
    minPollMs: duration('MIN_POLL_MS', {
      default: 10,
      min: 1,
      max: 1_000,
      doc: 'Pause between two looks at the outbox while events come',
    }),
    maxPollMs: duration('MAX_POLL_MS', {
      default: 1_000,
      min: 10,
      max: 60_000,
      doc: 'Pause between two looks at the outbox when no event has come for a while',
    }),
    retryMaxMs: duration('RETRY_MAX_MS', {
      default: 5_000,
      min: 100,
      max: 10_000,
      doc: 'Longest pause between two tries while Kafka is in trouble',
    }),
    refusalAttempts: int('REFUSAL_ATTEMPTS', {
      default: 3,
      min: 1,
      max: 100,
      doc: 'Tries of an event that Kafka refuses for itself before it is quarantined',
    }),
    refusalRetryMs: duration('REFUSAL_RETRY_MS', {
      default: 1_000,
      min: 10,
      max: 60_000,
      doc: 'Pause before the second of these tries; it doubles for each further one, up to 30 s',
    }),
    retentionDays: int('RETENTION_DAYS', {
      default: 30,
      min: 1,
      max: 3_650,
      doc: 'Published events are kept so many days',
    }),
    partitionsAheadDays: int('PARTITIONS_AHEAD_DAYS', {
      default: 14,
      min: 2,
      max: 60,
      doc: 'Partitions are made so many days ahead',
    }),
    auditEveryMs: duration('AUDIT_EVERY_MS', {
      default: 600_000,
      min: 1_000,
      doc: 'Pause between two audits of the counts',
    }),
  },
  (env) => [...checkKafka(env), ...checkSlot(env)],
)

export type RelayConfig = ConfigOf<typeof configSpec>
