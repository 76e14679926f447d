import { type Dashboard, greatest, rate } from './dashboard.ts'

/** Every process reports the numbers of the database. */
const changes = (counter: string, by: string) =>
  `max by (${by}) (rate(${counter}{namespace=~"$namespace"}[$__rate_interval]))`

export const sagas: Dashboard = {
  uid: 'relevo-sagas',
  title: 'Relevo: sagas and read models',
  rows: [
    {
      title: 'Sagas',
      panels: [
        {
          title: 'Started and ended',
          unit: 'ops',
          queries: [
            { expr: changes('relevo_saga_started_sagas_total', 'saga'), legend: '{{saga}} started' },
            {
              expr: changes('relevo_saga_ended_sagas_total', 'saga, outcome'),
              legend: '{{saga}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Under way, by the step they wait for',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_saga_active_sagas', 'saga, step'), legend: '{{saga}} {{step}}' },
          ],
        },
        {
          title: 'Oldest under way',
          unit: 's',
          queries: [{ expr: greatest('relevo_saga_oldest_age_seconds', 'saga'), legend: '{{saga}}' }],
        },
        {
          title: 'Stuck',
          description: 'docs/runbooks/stuck-sagas.md',
          unit: 'short',
          queries: [
            { expr: greatest('relevo_saga_stuck_sagas', 'saga'), legend: '{{saga}}' },
            {
              expr: greatest('relevo_saga_unsupported_sagas', 'saga, version'),
              legend: '{{saga}} without definition {{version}}',
            },
          ],
        },
        {
          title: 'First timer that is due and was not fired',
          unit: 's',
          queries: [{ expr: greatest('relevo_saga_timer_delay_seconds', 'saga'), legend: '{{saga}}' }],
        },
        {
          title: 'Replies that nobody waited for',
          unit: 'ops',
          queries: [
            {
              expr: changes('relevo_saga_late_replies_total', 'saga, treatment'),
              legend: '{{saga}} {{treatment}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Event store',
      panels: [
        {
          title: 'Events appended',
          unit: 'ops',
          queries: [
            { expr: rate('relevo_event_store_appended_events_total', 'category'), legend: '{{category}}' },
          ],
        },
        {
          title: 'Conflicts of versions',
          unit: 'ops',
          queries: [{ expr: rate('relevo_event_store_conflicts_total', 'category'), legend: '{{category}}' }],
        },
        {
          title: 'Subscriptions: behind',
          unit: 's',
          queries: [
            {
              expr: greatest('relevo_event_store_subscription_lag_seconds', 'subscription'),
              legend: '{{subscription}}',
            },
          ],
        },
        {
          title: 'Streams that wait',
          unit: 'short',
          queries: [
            {
              expr: greatest('relevo_event_store_blocked_streams', 'subscription'),
              legend: '{{subscription}}',
            },
          ],
        },
      ],
    },
  ],
}
