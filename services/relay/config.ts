import {
  bytes,
  type ConfigOf,
  checkKafka,
  defineConfig,
  duration,
  httpVariables,
  int,
  kafkaVariables,
  list,
  processVariables,
  string,
} from '@relevo/kit'
import { outboxVariables, readOutboxes } from './outboxes.ts'

/** What the relay can be set to. */
export const configSpec = defineConfig(
  {
    ...processVariables,
    ...httpVariables(3002),
    outboxes: list('OUTBOXES', {
      optional: true,
      doc: 'Comma-separated names of several outboxes. Each has the variables from DATABASE_URL to RELAY_SLOT, prefixed by its name, such as INVENTORY_DATABASE_URL; RELAY_SOURCE without a prefix is for all',
    }),
    ...outboxVariables((variable) => variable, { eventSource: '/relevo/messages', relaySource: 'table' }),
    ...kafkaVariables('relevo-relay'),
    relayOwner: string('RELAY_OWNER', {
      optional: true,
      doc: 'Name of this relay among its peers; not set: the host name and a random suffix',
    }),
    leaseMs: duration('LEASE_MS', {
      default: 6_000,
      min: 500,
      max: 10_000,
      doc: 'How long a relay keeps a shard without renewing its lease',
    }),
    pageRows: int('PAGE_ROWS', {
      default: 1_000,
      min: 1,
      max: 10_000,
      doc: 'Maximum number of events sent at once',
    }),
    pageBytes: bytes('PAGE_BYTES', {
      default: 4_194_304,
      min: 1_024,
      max: 67_108_864,
      doc: 'Maximum payload of a page, up to three of which are in memory; several outboxes share it evenly',
    }),
    minPollMs: duration('MIN_POLL_MS', {
      default: 10,
      min: 1,
      max: 1_000,
      doc: 'Pause between two probes of the outbox while events arrive',
    }),
    maxPollMs: duration('MAX_POLL_MS', {
      default: 1_000,
      min: 10,
      max: 60_000,
      doc: 'Pause between two probes of the outbox when no event has arrived for a while. A commit with events ends it, unless max_prepared_transactions of Postgres is above 0',
    }),
    retryMaxMs: duration('RETRY_MAX_MS', {
      default: 5_000,
      min: 100,
      max: 10_000,
      doc: 'Longest pause between two attempts while Kafka fails',
    }),
    refusalAttempts: int('REFUSAL_ATTEMPTS', {
      default: 3,
      min: 1,
      max: 100,
      doc: 'Attempts at an event that Kafka rejects permanently before it is quarantined',
    }),
    refusalRetryMs: duration('REFUSAL_RETRY_MS', {
      default: 1_000,
      min: 10,
      max: 60_000,
      doc: 'Longest pause before the second of these attempts; it doubles for each further one, up to 30 s',
    }),
    retentionDays: int('RETENTION_DAYS', {
      default: 30,
      min: 1,
      max: 3_650,
      doc: 'How many days published events are kept',
    }),
    partitionsAheadDays: int('PARTITIONS_AHEAD_DAYS', {
      default: 14,
      min: 2,
      max: 60,
      doc: 'How many days ahead partitions are created',
    }),
    auditEveryMs: duration('AUDIT_EVERY_MS', {
      default: 600_000,
      min: 1_000,
      doc: 'Pause between two audits of the counts',
    }),
    canaryIntervalMs: duration('CANARY_INTERVAL_MS', {
      default: 0,
      max: 3_600_000,
      doc: 'How often a canary is recorded in each shard, on the topic relevo.canary, to check that delivery works; 0: never. Set it only if a monitor consumes that topic',
    }),
  },
  checkKafka,
  (env) => [...readOutboxes(env).problems],
)

export type RelayConfig = ConfigOf<typeof configSpec>
