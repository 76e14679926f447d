import type { AlertGroup } from './alert.ts'

const outbox = '{namespace="n",job="j",outbox="shop"}'
const perOutbox = 'by (namespace, job, outbox)'

export const outboxes: AlertGroup = {
  name: 'relevo-outbox',
  alerts: [
    {
      name: 'RelevoAuditDifference',
      severity: 'page',
      expr: `max by (namespace, job, outbox, shard) (abs(relevo_outbox_audit_difference_events)) > 0`,
      for: '15m',
      summary:
        'Shard {{ $labels.shard }} of outbox {{ $labels.outbox }} has {{ $value }} events that are neither acknowledged nor quarantined',
      impact:
        'Events may not have been sent, or the counts are wrong. It is the one alert that says that something may be lost.',
      runbook: 'audit-difference',
      fires: {
        series: {
          'relevo_outbox_audit_difference_events{namespace="n",job="j",outbox="shop",shard="3"}': '0x5 2x40',
        },
        at: '30m',
      },
      // One audit that saw an event between two counts.
      quiet: {
        series: {
          'relevo_outbox_audit_difference_events{namespace="n",job="j",outbox="shop",shard="3"}':
            '0x5 1x9 0x40',
        },
        at: '30m',
      },
    },
    {
      name: 'RelevoKeysQuarantined',
      severity: 'ticket',
      expr: `sum ${perOutbox} (relevo_relay_quarantined_keys) > 0`,
      for: '10m',
      summary:
        '{{ $value }} keys of outbox {{ $labels.outbox }} are held back, since Kafka rejects an event of each',
      impact:
        'What happens to these keys (orders, products) is not told to anybody until an operator decides, or the topic is back.',
      runbook: 'quarantine',
      fires: { series: { [`relevo_relay_quarantined_keys${outbox}`]: '0x5 1x30' }, at: '20m' },
      quiet: { series: { [`relevo_relay_quarantined_keys${outbox}`]: '0x5 1x5 0x30' }, at: '20m' },
    },
    {
      name: 'RelevoShardsStalled',
      severity: 'page',
      expr: `sum ${perOutbox} (relevo_relay_stalled_shards) > 0`,
      for: '5m',
      keepFiringFor: '5m',
      summary: 'Kafka takes no events of {{ $value }} shards of outbox {{ $labels.outbox }}',
      impact: 'Events of these shards wait. The relay tries again by itself, for ever.',
      runbook: 'kafka-rejects',
      fires: { series: { [`relevo_relay_stalled_shards${outbox}`]: '0x2 4x20' }, at: '12m' },
      quiet: { series: { [`relevo_relay_stalled_shards${outbox}`]: '0x2 4x3 0x20' }, at: '12m' },
    },
    {
      name: 'RelevoShardsWithoutRelay',
      severity: 'page',
      expr: `min ${perOutbox} (relevo_outbox_unowned_shards) > 0`,
      for: '2m',
      summary: 'No relay has the lease of {{ $value }} shards of outbox {{ $labels.outbox }}',
      impact: 'Their events wait until a relay takes them, which it should within seconds.',
      runbook: 'leases',
      fires: { series: { [`relevo_outbox_unowned_shards${outbox}`]: '0x5 16x10' }, at: '10m' },
      // A relay was restarted.
      quiet: { series: { [`relevo_outbox_unowned_shards${outbox}`]: '0x5 16x1 0x10' }, at: '10m' },
    },
    {
      name: 'RelevoPartitionsRunOut',
      severity: 'ticket',
      expr: `min ${perOutbox} (relevo_outbox_partition_days) < 3`,
      for: '1h',
      summary:
        'Outbox {{ $labels.outbox }} has partitions for {{ $value }} more days; the relay makes them for two weeks',
      impact:
        'None yet: behind the last one events go to the default partition, whose old events are deleted row by row.',
      runbook: 'partitions',
      fires: { series: { [`relevo_outbox_partition_days${outbox}`]: '2x90' }, at: '80m' },
      quiet: { series: { [`relevo_outbox_partition_days${outbox}`]: '14x90' }, at: '80m' },
    },
    {
      name: 'RelevoSlotKeepsMuchLog',
      severity: 'ticket',
      expr: `max by (namespace, job, outbox, slot) (relevo_slot_retained_bytes) > 4294967296`,
      for: '10m',
      summary:
        'Postgres keeps {{ $value | humanize1024 }}B of write-ahead log for the slot {{ $labels.slot }}',
      impact: 'The disk of Postgres fills. When it is full, Postgres stops, and everything with it.',
      runbook: 'slot',
      fires: {
        series: {
          'relevo_slot_retained_bytes{namespace="n",job="j",outbox="shop",slot="s"}': '5000000000x30',
        },
        at: '15m',
      },
      quiet: {
        series: { 'relevo_slot_retained_bytes{namespace="n",job="j",outbox="shop",slot="s"}': '16777216x30' },
        at: '15m',
      },
    },
    {
      name: 'RelevoSlotNearlyLost',
      severity: 'page',
      expr: 'min by (namespace, job, outbox, slot) (relevo_slot_safe_bytes / (relevo_slot_safe_bytes + relevo_slot_retained_bytes)) < 0.25',
      for: '5m',
      summary:
        'The slot {{ $labels.slot }} has {{ $value | humanizePercentage }} left of what max_slot_wal_keep_size lets it keep',
      impact:
        'When it is lost, the relay reads the gap from the table, by itself: slower, and nothing is lost.',
      runbook: 'slot',
      fires: {
        series: {
          'relevo_slot_safe_bytes{namespace="n",job="j",outbox="shop",slot="s"}': '10x20',
          'relevo_slot_retained_bytes{namespace="n",job="j",outbox="shop",slot="s"}': '90x20',
        },
        at: '10m',
      },
      quiet: {
        series: {
          'relevo_slot_safe_bytes{namespace="n",job="j",outbox="shop",slot="s"}': '90x20',
          'relevo_slot_retained_bytes{namespace="n",job="j",outbox="shop",slot="s"}': '10x20',
        },
        at: '10m',
      },
    },
    {
      name: 'RelevoSlotNotProtected',
      severity: 'ticket',
      expr: 'max by (namespace, job, outbox, slot) (relevo_slot_failover_protected) == 0',
      for: '15m',
      summary: 'No replica keeps the slot {{ $labels.slot }}: it would be lost in a failover',
      impact:
        'After a failover the relay reads the gap from the table, and cannot tell transactions that the old primary alone had. Nothing that was acknowledged is lost.',
      runbook: 'slot',
      fires: {
        series: {
          'relevo_slot_failover_protected{namespace="n",job="j",outbox="shop",slot="s"}': '1x5 0x30',
        },
        at: '25m',
      },
      quiet: {
        series: {
          'relevo_slot_failover_protected{namespace="n",job="j",outbox="shop",slot="s"}': '1x5 0x5 1x30',
        },
        at: '25m',
      },
    },
    {
      name: 'RelevoLogNotRead',
      severity: 'ticket',
      // A relay that is set to read the log says so by watching a slot, or by having left a stream.
      expr: `(max ${perOutbox} (relevo_relay_streaming) == 0) and on (namespace, job, outbox) (sum ${perOutbox} (increase(relevo_relay_streams_left_total[1h])) > 0)`,
      for: '15m',
      summary: 'The relay of outbox {{ $labels.outbox }} reads the table, and not the write-ahead log',
      impact:
        'Events take some milliseconds longer, and Postgres works more for them. `relevo status` says why.',
      runbook: 'slot',
      fires: {
        series: {
          [`relevo_relay_streaming${outbox}`]: '1x5 0x60',
          'relevo_relay_streams_left_total{namespace="n",job="j",outbox="shop",code="slotLost"}': '0x5 1x60',
        },
        at: '30m',
      },
      quiet: {
        series: {
          // Set to read the table.
          [`relevo_relay_streaming${outbox}`]: '0x60',
        },
        at: '30m',
      },
    },
  ],
}
