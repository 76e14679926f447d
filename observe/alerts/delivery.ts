import type { Alert, AlertGroup, Recording } from './alert.ts'

/**
 * An outbox is late while an event waits for longer than this, or a canary is overdue by more. A relay that dies is replaced
 * within 6 s, see LEASE_MS.
 */
export const lateSeconds = 10

/** So much of the time no outbox may be late: 99.9 %, which is 43 minutes in 30 days. */
export const objective = 0.999
const budget = 1 - objective

const outboxes = 'by (namespace, outbox)'

/**
 * 1 while an outbox is late. Every replica reports the same age: the largest counts. The relay tells what waits in the outbox,
 * the monitor what has not come out of Kafka; where one of them is away, the other one's word is left.
 */
const isLate: Recording = {
  record: 'relevo:delivery_late',
  expr: `max ${outboxes} (relevo_outbox_oldest_pending_seconds or relevo_canary_overdue_seconds) > bool ${lateSeconds}`,
}

const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const
type Window = (typeof windows)[number]

const ratio = (window: Window) => `relevo:delivery_late:ratio_${window}`

const ratios: readonly Recording[] = windows.map((window) => ({
  record: ratio(window),
  expr: `avg_over_time(relevo:delivery_late[${window}])`,
}))

interface Burn {
  readonly name: string
  readonly severity: Alert['severity']
  readonly pairs: readonly (readonly [long: Window, short: Window, factor: number])[]
  readonly summary: string
  readonly for: string
}

/**
 * By the SRE workbook: a long window says that it matters, a short one that it still goes on. 14.4 times the budget spends 2 % of a
 * month's in an hour, 6 times 5 % in six hours; 3 times and once spend 10 % in a day and in three.
 */
function burning({ pairs }: Burn): string {
  return pairs
    .map(([long, short, factor]) => {
      const bound = `${Number((factor * budget).toFixed(6))}`
      return `(${ratio(long)} > ${bound} and ${ratio(short)} > ${bound})`
    })
    .join(' or ')
}

const age = (values: string) => ({
  'relevo_outbox_oldest_pending_seconds{namespace="n",job="j",outbox="shop"}': values,
})

const canary = (values: string, shard = 3) => ({
  [`relevo_canary_overdue_seconds{namespace="n",job="monitor",outbox="shop",shard="${shard}"}`]: values,
})

const recorded = (values: string) => ({
  'relevo_canary_recorded_events_total{namespace="n",job="j",outbox="shop"}': values,
})

const fast: Burn = {
  name: 'RelevoDeliveryBudgetBurnsFast',
  severity: 'page',
  pairs: [
    ['1h', '5m', 14.4],
    ['6h', '30m', 6],
  ],
  for: '2m',
  summary:
    'Events of outbox {{ $labels.outbox }} are delivered late for {{ $value | humanizePercentage }} of the time',
}

const slow: Burn = {
  name: 'RelevoDeliveryBudgetBurnsSlowly',
  severity: 'ticket',
  pairs: [
    ['1d', '2h', 3],
    ['3d', '6h', 1],
  ],
  for: '15m',
  summary:
    'Events of outbox {{ $labels.outbox }} have been late for {{ $value | humanizePercentage }} of the time for days',
}

const impact =
  'Consumers act on what happened some time ago: orders stand still, reports lag. Nothing is lost, and callers are still answered.'

export const delivery: AlertGroup = {
  name: 'relevo-delivery',
  recordings: [isLate, ...ratios],
  alerts: [
    {
      ...{
        name: fast.name,
        severity: fast.severity,
        for: fast.for,
        keepFiringFor: '10m',
        summary: fast.summary,
      },
      expr: burning(fast),
      impact,
      runbook: 'delivery-late',
      // The relay, which reports waiting events, is down: canaries are overdue.
      fires: { series: canary('0x30 60+60x30'), at: '45m' },
      // Late an hour ago and for two minutes, which is over.
      quiet: { series: age('0x60 20x1 0x90'), at: '130m' },
    },
    {
      ...{
        name: slow.name,
        severity: slow.severity,
        for: slow.for,
        keepFiringFor: '1h',
        summary: slow.summary,
      },
      expr: burning(slow),
      impact,
      runbook: 'delivery-late',
      // Four minutes of each hour and a half, and still.
      fires: { series: age('0x90 30x3 0x90 30x3 0x30'), at: '210m' },
      // As often, but not for the last six hours.
      quiet: { series: age('30x1 0x600'), at: '8h' },
    },
    {
      name: 'RelevoCanaryOverdue',
      severity: 'page',
      expr: `max by (namespace, outbox) (relevo_canary_overdue_seconds) > 60`,
      for: '1m',
      keepFiringFor: '5m',
      summary:
        'A canary of outbox {{ $labels.outbox }} should have taken effect {{ $value | humanizeDuration }} ago',
      impact:
        'Events of some shard do not get through outbox, Kafka and inbox, or nobody records them. Whatever waits for them waits.',
      runbook: 'canary',
      // The relay is away, and with it all that it reports: the canaries of one shard alone are missed.
      fires: { series: { ...canary('0x60'), ...canary('0x10 60+60x30', 4) }, at: '16m' },
      // A relay was restarted.
      quiet: { series: canary('0x10 40x1 0x30'), at: '16m' },
    },
    {
      name: 'RelevoCanaryUnseen',
      severity: 'ticket',
      expr: `sum by (namespace, outbox) (increase(relevo_canary_recorded_events_total[2h])) > 0 unless on (namespace, outbox) relevo_canary_overdue_seconds`,
      for: '10m',
      summary: 'Canaries of outbox {{ $labels.outbox }} are recorded, and no monitor knows of any',
      impact: 'Whether its events take effect is not measured: RelevoCanaryOverdue cannot fire for it.',
      runbook: 'canary',
      fires: { series: recorded('0+16x40'), at: '30m' },
      quiet: { series: { ...recorded('0+16x40'), ...canary('0x40') }, at: '30m' },
    },
    {
      name: 'RelevoDeliveryUnknown',
      severity: 'page',
      expr: 'absent(relevo_outbox_oldest_pending_seconds)',
      for: '5m',
      summary: 'No relay reports how old the oldest event is that waits',
      impact: 'Whether events reach Kafka is not known, and the alerts of delivery cannot fire.',
      runbook: 'metrics-missing',
      fires: { series: { up: '1x20' }, at: '10m' },
      quiet: { series: age('0x20'), at: '10m' },
    },
  ],
}
