import { type Dashboard, greatest, here, percentiles, rate } from './dashboard.ts'

/** As the services see them: the operators have dashboards of their own for the servers themselves. */
export const servers: Dashboard = {
  uid: 'relevo-servers',
  title: 'Relevo: Kafka and Postgres, as the services see them',
  rows: [
    {
      title: 'Kafka',
      panels: [
        {
          title: 'Acknowledgement of a page',
          unit: 's',
          queries: percentiles('relevo_relay_send_seconds', 'job'),
        },
        {
          title: 'Pages that were rejected',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_relay_send_failures_total', 'job, code'), legend: '{{job}} {{code}}' },
          ],
        },
        {
          title: 'Events into Kafka',
          unit: 'ops',
          queries: [{ expr: rate('relevo_relay_published_events_total', 'topic'), legend: '{{topic}}' }],
        },
      ],
    },
    {
      title: 'Postgres',
      panels: [
        {
          title: 'Write-ahead log kept for slots',
          unit: 'bytes',
          queries: [{ expr: greatest('relevo_slot_retained_bytes', 'job, slot'), legend: '{{slot}}' }],
        },
        {
          title: 'Room until a slot is lost',
          unit: 'bytes',
          queries: [{ expr: greatest('relevo_slot_safe_bytes', 'job, slot'), legend: '{{slot}}' }],
        },
        {
          title: 'Slots that a replica keeps as well',
          unit: 'short',
          queries: [{ expr: greatest('relevo_slot_failover_protected', 'job, slot'), legend: '{{slot}}' }],
        },
        {
          title: 'Reads the log (1) or the table (0)',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_relay_streaming', 'job, outbox'), legend: '{{job}} {{outbox}}' },
            { expr: rate('relevo_relay_streams_left_total', 'job, code'), legend: 'left: {{code}}' },
          ],
        },
        {
          title: 'Transactions of consumers that were repeated',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_inbox_database_failures_total', 'consumer'), legend: '{{consumer}}' },
          ],
        },
      ],
    },
    {
      title: 'Certificates',
      panels: [
        {
          title: 'Days until they expire',
          unit: 'd',
          queries: [
            {
              expr: `(min by (job, file) (relevo_certificate_expiry_timestamp_seconds{${here}}) - time()) / 86400`,
              legend: '{{job}} {{file}}',
            },
          ],
        },
      ],
    },
  ],
}
