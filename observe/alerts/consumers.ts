import type { AlertGroup } from './alert.ts'

/** What a counter has grown by, also where it appears with its first count, which `increase` does not see. */
function grown(counter: string, by: string, window: string): string {
  const now = `sum by (${by}) (${counter})`
  return `${now} - (sum by (${by}) (${counter} offset ${window}) or 0 * ${now}) > 0`
}

const consumer = '{namespace="n",job="j",consumer="orders"}'

export const consumers: AlertGroup = {
  name: 'relevo-consumers',
  alerts: [
    {
      name: 'RelevoDeadLetters',
      severity: 'ticket',
      expr: grown('relevo_inbox_dead_letters_total', 'namespace, job, consumer, reason', '30m'),
      for: '0m',
      summary:
        'Consumer {{ $labels.consumer }} has given up {{ $value }} events in half an hour: {{ $labels.reason }}',
      impact: 'These events have had no effect there. Later ones of their keys go on without them.',
      runbook: 'dead-letters',
      fires: {
        series: {
          'relevo_inbox_dead_letters_total{namespace="n",job="j",consumer="orders",reason="rejected"}':
            '_x10 1x30',
        },
        at: '15m',
      },
      quiet: {
        series: {
          'relevo_inbox_dead_letters_total{namespace="n",job="j",consumer="orders",reason="rejected"}':
            '3x120',
        },
        at: '90m',
      },
    },
    {
      name: 'RelevoDeadLettersNotCopied',
      severity: 'ticket',
      expr: 'max by (namespace, job, consumer) (relevo_inbox_unpublished_dead_letters) > 0',
      for: '30m',
      summary:
        '{{ $value }} dead letters of consumer {{ $labels.consumer }} are not on its dead-letter topic',
      impact:
        'They are in the table, from where they are redriven. Whoever reads the topic does not see them.',
      runbook: 'dead-letters',
      fires: { series: { [`relevo_inbox_unpublished_dead_letters${consumer}`]: '2x60' }, at: '40m' },
      quiet: { series: { [`relevo_inbox_unpublished_dead_letters${consumer}`]: '2x10 0x60' }, at: '40m' },
    },
    {
      name: 'RelevoEventsHeld',
      severity: 'ticket',
      expr: 'max by (namespace, job, consumer) (relevo_inbox_held_events) > 0',
      for: '30m',
      summary:
        '{{ $value }} events of consumer {{ $labels.consumer }} have waited for another attempt for half an hour',
      impact: 'Their keys wait. They become dead letters when their attempts are used up.',
      runbook: 'consumers-behind',
      fires: { series: { [`relevo_inbox_held_events${consumer}`]: '5x60' }, at: '40m' },
      quiet: { series: { [`relevo_inbox_held_events${consumer}`]: '5x20 0x60' }, at: '40m' },
    },
    {
      name: 'RelevoEffectsLate',
      severity: 'page',
      expr: 'histogram_quantile(0.5, sum by (namespace, job, consumer, le) (rate(relevo_inbox_event_delay_seconds_bucket[10m]))) > 30',
      for: '10m',
      keepFiringFor: '10m',
      summary:
        'Half of the events take effect at {{ $labels.consumer }} later than {{ $value | humanizeDuration }} after they were recorded',
      impact: 'What this consumer does for its users comes late: mails, confirmations, reports.',
      runbook: 'consumers-behind',
      fires: { series: delays({ 10: '0x60', 60: '0+10x60', '+Inf': '0+10x60' }), at: '30m' },
      quiet: { series: delays({ 10: '0+10x60', 60: '0+10x60', '+Inf': '0+10x60' }), at: '30m' },
    },
    {
      name: 'RelevoConsumerDatabaseFails',
      severity: 'page',
      expr: 'sum by (namespace, job, consumer) (rate(relevo_inbox_database_failures_total[5m])) > 0',
      for: '10m',
      keepFiringFor: '5m',
      summary:
        'The transactions of consumer {{ $labels.consumer }} have failed and been repeated for ten minutes',
      impact: 'It takes in no events, or few. Nothing is lost and no attempt is counted.',
      runbook: 'consumers-behind',
      fires: { series: { [`relevo_inbox_database_failures_total${consumer}`]: '0+3x60' }, at: '30m' },
      quiet: { series: { [`relevo_inbox_database_failures_total${consumer}`]: '0x10 4x60' }, at: '30m' },
    },
  ],
}

function delays(buckets: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(buckets).map(([le, values]) => [
      `relevo_inbox_event_delay_seconds_bucket{namespace="n",job="j",consumer="orders",le="${le}"}`,
      values,
    ]),
  )
}
