import { type Dashboard, greatest, percentiles, rate } from './dashboard.ts'

export const consumers: Dashboard = {
  uid: 'relevo-consumers',
  title: 'Relevo: consumers',
  rows: [
    {
      title: 'Effects',
      panels: [
        {
          title: 'Events that took effect',
          unit: 'ops',
          queries: [
            {
              expr: rate('relevo_inbox_processed_events_total', 'consumer, type'),
              legend: '{{consumer}} {{type}}',
            },
          ],
        },
        {
          title: 'From recording to effect',
          unit: 's',
          queries: percentiles('relevo_inbox_event_delay_seconds', 'consumer'),
        },
        {
          title: 'Time of one handler',
          unit: 's',
          queries: percentiles('relevo_inbox_handler_seconds', 'type'),
        },
        {
          title: 'Duplicates that were dropped',
          unit: 'ops',
          queries: [{ expr: rate('relevo_inbox_duplicates_total', 'consumer'), legend: '{{consumer}}' }],
        },
      ],
    },
    {
      title: 'Trouble',
      panels: [
        {
          title: 'Events that wait for another attempt',
          unit: 'short',
          queries: [{ expr: greatest('relevo_inbox_held_events', 'consumer'), legend: '{{consumer}}' }],
        },
        {
          title: 'Further attempts',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_inbox_retries_total', 'consumer, type'), legend: '{{consumer}} {{type}}' },
          ],
        },
        {
          title: 'Dead letters',
          unit: 'ops',
          queries: [
            {
              expr: rate('relevo_inbox_dead_letters_total', 'consumer, reason'),
              legend: '{{consumer}} {{reason}}',
            },
          ],
        },
        {
          title: 'Dead letters that are not on their topic yet',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_inbox_unpublished_dead_letters', 'consumer'), legend: '{{consumer}}' },
          ],
        },
        {
          title: 'Transactions that were repeated',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_inbox_database_failures_total', 'consumer'), legend: '{{consumer}}' },
          ],
        },
      ],
    },
  ],
}
