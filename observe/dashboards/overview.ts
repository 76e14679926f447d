import { type Dashboard, greatest, here, quantile, rate, total } from './dashboard.ts'

export const overview: Dashboard = {
  uid: 'relevo-overview',
  title: 'Relevo: overview',
  rows: [
    {
      title: 'Is everything delivered?',
      panels: [
        {
          title: 'Oldest event that waits',
          unit: 's',
          kind: 'number',
          redFrom: 10,
          queries: [{ expr: `max(relevo_outbox_oldest_pending_seconds{${here}})`, legend: '' }],
        },
        {
          title: 'Events that wait',
          unit: 'short',
          kind: 'number',
          redFrom: 10_000,
          queries: [{ expr: `sum(${greatest('relevo_outbox_backlog_events', 'job, outbox')})`, legend: '' }],
        },
        {
          title: 'Audit: events that are missing',
          unit: 'short',
          kind: 'number',
          redFrom: 1,
          queries: [
            {
              expr: `sum(abs(${greatest('relevo_outbox_audit_difference_events', 'job, outbox, shard')}))`,
              legend: '',
            },
          ],
        },
        {
          title: 'Keys in quarantine',
          unit: 'short',
          kind: 'number',
          redFrom: 1,
          queries: [{ expr: `sum(relevo_relay_quarantined_keys{${here}})`, legend: '' }],
        },
        {
          title: 'Dead letters in a day',
          unit: 'short',
          kind: 'number',
          redFrom: 1,
          queries: [
            { expr: `sum(increase(relevo_inbox_dead_letters_total{${here}}[1d])) or vector(0)`, legend: '' },
          ],
        },
        {
          title: 'Stuck sagas',
          unit: 'short',
          kind: 'number',
          redFrom: 1,
          queries: [{ expr: `sum(${greatest('relevo_saga_stuck_sagas', 'job, saga')})`, legend: '' }],
        },
      ],
    },
    {
      title: 'Flow',
      panels: [
        {
          title: 'Events into Kafka',
          unit: 'ops',
          queries: [{ expr: rate('relevo_relay_published_events_total', 'topic'), legend: '{{topic}}' }],
        },
        {
          title: 'Events that took effect',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_inbox_processed_events_total', 'consumer'), legend: '{{consumer}}' },
          ],
        },
        {
          title: 'From recording to effect, median',
          unit: 's',
          queries: [
            { expr: quantile(0.5, 'relevo_inbox_event_delay_seconds', 'consumer'), legend: '{{consumer}}' },
          ],
        },
        {
          title: 'Requests',
          unit: 'reqps',
          queries: [{ expr: rate('relevo_http_request_seconds_count', 'job'), legend: '{{job}}' }],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'CPU',
          unit: 'percentunit',
          queries: [{ expr: rate('process_cpu_seconds_total', 'job'), legend: '{{job}}' }],
        },
        {
          title: 'Memory',
          unit: 'bytes',
          queries: [{ expr: total('process_resident_memory_bytes', 'job'), legend: '{{job}}' }],
        },
        {
          title: "The event loop's lag, p99",
          unit: 's',
          queries: [{ expr: greatest('nodejs_eventloop_lag_p99_seconds', 'job'), legend: '{{job}}' }],
        },
      ],
    },
  ],
}
