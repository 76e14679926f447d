import { lateSeconds, objective } from '../alerts/delivery.ts'
import { type Dashboard, greatest, here, quantile } from './dashboard.ts'

export const slo: Dashboard = {
  uid: 'relevo-slo',
  title: 'Relevo: objectives',
  rows: [
    {
      title: `Delivery: no event waits, and no canary is overdue, for more than ${lateSeconds} s, ${objective * 100} % of the time`,
      panels: [
        {
          title: 'Of 30 days, on time',
          unit: 'percentunit',
          kind: 'number',
          queries: [
            {
              expr: `1 - max(avg_over_time(relevo:delivery_late{${here}}[30d]))`,
              legend: '',
            },
          ],
        },
        {
          title: 'Error budget that is left',
          description: 'Below 0 the objective is missed.',
          unit: 'percentunit',
          kind: 'number',
          queries: [
            {
              expr: `1 - max(avg_over_time(relevo:delivery_late{${here}}[30d])) / ${Number((1 - objective).toFixed(6))}`,
              legend: '',
            },
          ],
        },
        {
          title: 'How fast the budget burns',
          description: '1: it is used up in just 30 days. 14.4 for an hour pages.',
          unit: 'short',
          queries: ['5m', '1h', '6h', '3d'].map((window) => ({
            expr: `max by (outbox) (relevo:delivery_late:ratio_${window}{${here}}) / ${Number((1 - objective).toFixed(6))}`,
            legend: `${window} {{outbox}}`,
          })),
        },
        {
          title: 'Canaries: overdue',
          description: 'Since when the next one should have taken effect, in the worst shard of each outbox.',
          unit: 's',
          queries: [{ expr: greatest('relevo_canary_overdue_seconds', 'outbox'), legend: '{{outbox}}' }],
        },
        {
          title: 'Canaries: from recording to effect, p99',
          description: 'Through outbox, relay, Kafka and the inbox of the monitor.',
          unit: 's',
          queries: [{ expr: quantile(0.99, 'relevo_canary_delay_seconds', 'outbox'), legend: '{{outbox}}' }],
        },
        {
          title: 'Age of the oldest event that waits',
          unit: 's',
          queries: [
            {
              expr: greatest('relevo_outbox_oldest_pending_seconds', 'job, outbox'),
              legend: '{{job}} {{outbox}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Requests',
      panels: [
        {
          title: 'Answered without an error of ours',
          unit: 'percentunit',
          queries: [
            {
              expr: `1 - (sum by (job) (rate(relevo_http_request_seconds_count{${here},status=~"5.."}[1h])) or 0 * sum by (job) (rate(relevo_http_request_seconds_count{${here}}[1h]))) / sum by (job) (rate(relevo_http_request_seconds_count{${here}}[1h]))`,
              legend: '{{job}}',
            },
          ],
        },
      ],
    },
  ],
}
