import { type Dashboard, greatest, here, percentiles, rate } from './dashboard.ts'

export const shop: Dashboard = {
  uid: 'relevo-shop',
  title: 'Relevo: shop',
  rows: [
    {
      title: 'Orders',
      panels: [
        {
          title: 'Placed',
          unit: 'ops',
          queries: [
            {
              expr: rate('relevo_http_request_seconds_count', 'status', 'method="POST",route="/orders"'),
              legend: '{{status}}',
            },
          ],
        },
        {
          title: 'Come to their ends',
          unit: 'ops',
          queries: [
            {
              expr: `max by (saga, outcome) (rate(relevo_saga_ended_sagas_total{${here}}[$__rate_interval]))`,
              legend: '{{saga}} {{outcome}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Payments',
      panels: [
        {
          title: 'Outcomes',
          unit: 'ops',
          queries: [{ expr: rate('relevo_payment_outcomes_total', 'outcome'), legend: '{{outcome}}' }],
        },
        {
          title: 'Calls of the provider',
          unit: 'ops',
          queries: [
            {
              expr: rate('relevo_payment_provider_calls_total', 'operation, result'),
              legend: '{{operation}} {{result}}',
            },
          ],
        },
        {
          title: 'The provider answers',
          unit: 's',
          queries: percentiles('relevo_payment_provider_call_seconds', 'operation'),
        },
        {
          title: 'Payments whose outcome is not known yet',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_payment_pending_payments', 'job'), legend: 'pending' },
            { expr: greatest('relevo_payment_unsettled_payments', 'job'), legend: 'for too long' },
          ],
        },
        {
          title: 'The oldest of them',
          unit: 's',
          queries: [{ expr: greatest('relevo_payment_oldest_pending_seconds', 'job'), legend: '{{job}}' }],
        },
      ],
    },
    {
      title: 'Notifications, reports, gateway',
      panels: [
        {
          title: 'Notifications',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_notifications_accepted_total', 'job'), legend: '{{job}} asked for' },
            { expr: rate('relevo_notifications_sent_total', 'job'), legend: '{{job}} sent' },
            {
              expr: rate('relevo_notifications_failed_attempts_total', 'job'),
              legend: '{{job}} failed attempts',
            },
            { expr: rate('relevo_notifications_dead_total', 'job'), legend: '{{job}} given up' },
          ],
        },
        {
          title: 'Reports',
          unit: 'ops',
          queries: [{ expr: rate('relevo_analytics_reports_total', 'job'), legend: '{{job}}' }],
        },
        {
          title: 'Services answer the gateway',
          unit: 's',
          queries: percentiles('relevo_gateway_backend_seconds', 'service'),
        },
        {
          title: 'Breakers open, requests limited and repeated',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_gateway_breaker_open', 'service'), legend: 'breaker {{service}}' },
            { expr: rate('relevo_gateway_limited_total', 'limit'), legend: 'limited {{limit}}' },
            { expr: rate('relevo_gateway_retries_total', 'service'), legend: 'repeated {{service}}' },
          ],
        },
      ],
    },
  ],
}
