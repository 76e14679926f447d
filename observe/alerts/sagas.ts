import type { AlertGroup } from './alert.ts'

const saga = '{namespace="n",job="j",saga="sell"}'
const perSaga = 'by (namespace, job, saga)'

export const sagas: AlertGroup = {
  name: 'relevo-sagas',
  alerts: [
    {
      name: 'RelevoSagasStuck',
      severity: 'page',
      // Every process reports the numbers of the database.
      expr: `max ${perSaga} (relevo_saga_stuck_sagas) > 0`,
      for: '5m',
      keepFiringFor: '5m',
      summary: '{{ $value }} sagas {{ $labels.saga }} have been tried more often than they should need',
      impact:
        'Something stays reserved, or charged, or is not delivered. They go on by themselves once the participant answers.',
      runbook: 'stuck-sagas',
      fires: { series: { [`relevo_saga_stuck_sagas${saga}`]: '0x5 3x20' }, at: '15m' },
      quiet: { series: { [`relevo_saga_stuck_sagas${saga}`]: '0x5 3x3 0x20' }, at: '15m' },
    },
    {
      name: 'RelevoSagaTimersLate',
      severity: 'page',
      expr: `max ${perSaga} (relevo_saga_timer_delay_seconds) > 60`,
      for: '5m',
      summary:
        'A timer of saga {{ $labels.saga }} has been due for {{ $value | humanizeDuration }} and was not fired',
      impact: 'Steps that nobody answers are neither repeated nor undone.',
      runbook: 'stuck-sagas',
      fires: { series: { [`relevo_saga_timer_delay_seconds${saga}`]: '0x5 60+60x20' }, at: '15m' },
      quiet: { series: { [`relevo_saga_timer_delay_seconds${saga}`]: '2x30' }, at: '15m' },
    },
    {
      name: 'RelevoSagasUnsupported',
      severity: 'ticket',
      expr: `min by (namespace, job, saga, version) (relevo_saga_unsupported_sagas) > 0`,
      for: '15m',
      summary:
        '{{ $value }} sagas {{ $labels.saga }} are of version {{ $labels.version }}, of which no process has a definition',
      impact:
        'They stand still until a service with that version, or with an upgrade from it, is rolled out.',
      runbook: 'stuck-sagas',
      fires: {
        series: { 'relevo_saga_unsupported_sagas{namespace="n",job="j",saga="sell",version="2"}': '4x40' },
        at: '20m',
      },
      // During a rollout.
      quiet: {
        series: {
          'relevo_saga_unsupported_sagas{namespace="n",job="j",saga="sell",version="2"}': '4x5 0x40',
        },
        at: '20m',
      },
    },
    {
      name: 'RelevoStreamsBlocked',
      severity: 'page',
      expr: 'max by (namespace, job, subscription) (relevo_event_store_blocked_streams) > 0',
      for: '5m',
      summary:
        '{{ $value }} streams wait at the subscription {{ $labels.subscription }}: their next event cannot be applied',
      impact: 'The read model does not show what has happened to them since.',
      runbook: 'read-models',
      fires: {
        series: { 'relevo_event_store_blocked_streams{namespace="n",job="j",subscription="p"}': '1x20' },
        at: '10m',
      },
      quiet: {
        series: { 'relevo_event_store_blocked_streams{namespace="n",job="j",subscription="p"}': '0x20' },
        at: '10m',
      },
    },
    {
      name: 'RelevoReadModelLate',
      severity: 'ticket',
      expr: 'max by (namespace, job, subscription) (relevo_event_store_subscription_lag_seconds) > 60',
      for: '10m',
      summary: 'The subscription {{ $labels.subscription }} is {{ $value | humanizeDuration }} behind',
      impact: 'What is read there is old; whoever waits for a version waits in vain.',
      runbook: 'read-models',
      fires: {
        series: {
          'relevo_event_store_subscription_lag_seconds{namespace="n",job="j",subscription="p"}': '0+60x30',
        },
        at: '20m',
      },
      quiet: {
        series: {
          'relevo_event_store_subscription_lag_seconds{namespace="n",job="j",subscription="p"}': '1x30',
        },
        at: '20m',
      },
    },
  ],
}
