import { type Dashboard, greatest, percentiles, rate, total } from './dashboard.ts'

export const outbox: Dashboard = {
  uid: 'relevo-outbox',
  title: 'Relevo: outbox and relay',
  rows: [
    {
      title: 'Outbox',
      panels: [
        {
          title: 'Age of the oldest event that waits',
          description: 'Above 10 s the outbox counts as late.',
          unit: 's',
          queries: [
            {
              expr: greatest('relevo_outbox_oldest_pending_seconds', 'job, outbox'),
              legend: '{{job}} {{outbox}}',
            },
          ],
        },
        {
          title: 'Events that wait',
          description: 'Counted up to 100,000.',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_outbox_backlog_events', 'job, outbox'), legend: '{{job}} {{outbox}}' },
          ],
        },
        {
          title: 'Audit: recorded less acknowledged and quarantined',
          description:
            'Other than 0 for longer than one audit is a fault: docs/runbooks/audit-difference.md.',
          unit: 'short',
          queries: [
            {
              // Of all shards: a line for each would be hundreds at 0. The alert names the shard.
              expr: `sum by (job, outbox) (abs(${greatest('relevo_outbox_audit_difference_events', 'job, outbox, shard')}))`,
              legend: '{{job}} {{outbox}}',
            },
          ],
        },
        {
          title: 'Days that have a partition',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_outbox_partition_days', 'job, outbox'), legend: '{{job}} {{outbox}}' },
          ],
        },
      ],
    },
    {
      title: 'Relay',
      panels: [
        {
          title: 'From recording to acknowledgement',
          description: 'Of the oldest event of each page.',
          unit: 's',
          queries: percentiles('relevo_relay_delay_seconds', 'job'),
        },
        {
          title: 'Acknowledgement of a page',
          unit: 's',
          queries: percentiles('relevo_relay_send_seconds', 'job'),
        },
        { title: 'Events of a page', unit: 'short', queries: percentiles('relevo_relay_page_events', 'job') },
        {
          title: 'Shards that a relay holds',
          unit: 'short',
          queries: [{ expr: total('relevo_relay_shards', 'pod, outbox'), legend: '{{pod}} {{outbox}}' }],
        },
        {
          title: 'Shards without a relay',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_outbox_unowned_shards', 'job, outbox'), legend: '{{job}} {{outbox}}' },
          ],
        },
        {
          title: 'Shards that Kafka takes nothing of, and keys held back',
          unit: 'short',
          queries: [
            {
              expr: total('relevo_relay_stalled_shards', 'job, outbox'),
              legend: 'stalled {{job}} {{outbox}}',
            },
            {
              expr: total('relevo_relay_quarantined_keys', 'job, outbox'),
              legend: 'keys {{job}} {{outbox}}',
            },
          ],
        },
        {
          title: 'What Kafka rejects',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_relay_refused_events_total', 'job, code'), legend: 'events {{code}}' },
            { expr: rate('relevo_relay_send_failures_total', 'job, code'), legend: 'pages {{code}}' },
          ],
        },
        {
          title: 'Looks at the outbox',
          unit: 'ops',
          queries: [{ expr: rate('relevo_relay_probes_total', 'job, outbox'), legend: '{{job}} {{outbox}}' }],
        },
        {
          title: 'Published again',
          unit: 'ops',
          queries: [
            {
              expr: rate('relevo_relay_republished_events_total', 'job, outbox'),
              legend: '{{job}} {{outbox}}',
            },
            {
              expr: rate('relevo_relay_republish_rejected_events_total', 'job, outbox'),
              legend: 'rejected {{job}} {{outbox}}',
            },
          ],
        },
      ],
    },
  ],
}
