import type { Registry } from 'prom-client'
import { outboxMetrics } from './outboxMetrics.ts'

/** A relay's metrics, in the given registry. Relays of several outboxes share it: each has the label `outbox`. */
export function createRelayMetrics(registry: Registry, outbox?: string) {
  const { counter, gauge, histogram } = outboxMetrics(registry, outbox)
  return {
    published: counter({
      name: 'relevo_relay_published_events_total',
      help: 'Events that Kafka has acknowledged, by topic',
      labelNames: ['topic'] as const,
    }),
    refused: counter({
      name: 'relevo_relay_refused_events_total',
      help: 'Times that the broker rejected an event, by error code',
      labelNames: ['code'] as const,
    }),
    failures: counter({
      name: 'relevo_relay_send_failures_total',
      help: 'Pages that the broker rejected, by error code',
      labelNames: ['code'] as const,
    }),
    pageEvents: histogram({
      name: 'relevo_relay_page_events',
      help: 'Events sent at once',
      buckets: [1, 3, 10, 30, 100, 300, 1000, 3000],
    }),
    sendSeconds: histogram({
      name: 'relevo_relay_send_seconds',
      help: 'Time until Kafka has acknowledged a page',
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    }),
    delaySeconds: histogram({
      name: 'relevo_relay_delay_seconds',
      help: 'Time from the recording of the oldest event of a page to its acknowledgement',
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
    }),
    republished: counter({
      name: 'relevo_relay_republished_events_total',
      help: 'Events that were published again, as operators asked',
    }),
    republishRejected: counter({
      name: 'relevo_relay_republish_rejected_events_total',
      help: 'Events that Kafka rejected when they were published again',
    }),
    probes: counter({
      name: 'relevo_relay_probes_total',
      help: 'Probes of the outbox for due events',
    }),
    shards: gauge({ name: 'relevo_relay_shards', help: 'Shards this relay holds' }),
    streaming: gauge({
      name: 'relevo_relay_streaming',
      help: '1 while events come from the write-ahead log, 0 while they are read from the table',
    }),
    streamsLeft: counter({
      name: 'relevo_relay_streams_left_total',
      help: 'Times that the write-ahead log was left for the table, or could not be read, by error code',
      labelNames: ['code'] as const,
    }),
    quarantinedKeys: gauge({
      name: 'relevo_relay_quarantined_keys',
      help: 'Keys that are held back in the shards of this relay',
    }),
    stalledShards: gauge({
      name: 'relevo_relay_stalled_shards',
      help: 'Shards of this relay whose next page the broker rejects',
    }),
  }
}

export type RelayMetrics = ReturnType<typeof createRelayMetrics>
