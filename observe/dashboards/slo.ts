import { lateSeconds, objective } from '../alerts/delivery.ts'
import { type Dashboard, greatest, here } from './dashboard.ts'

export const slo: Dashboard = {
  uid: 'relevo-slo',
  title: 'Relevo: objectives',
  rows: [
    {
      title: `Delivery: no event waits for more than ${lateSeconds} s, ${objective * 100} % of the time`,
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
            expr: `max by (job, outbox) (relevo:delivery_late:ratio_${window}{${here}}) / ${Number((1 - objective).toFixed(6))}`,
            legend: `${window} {{job}} {{outbox}}`,
          })),
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
