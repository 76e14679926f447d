import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Step } from './domain/takeCommand.ts'
import type { Pending } from './sql/readPending.ts'

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * The metrics of the payments. The counters are of this process; the gauges come from the table, the same in every process, so
 * that dashboards take their maximum.
 */
export function createPaymentMetrics(registry: Registry) {
  const registers = [registry]
  const outcomes = new Counter({
    name: 'relevo_payment_outcomes_total',
    help: 'What has become of payments: charged, declined, cancelled, refunded',
    labelNames: ['outcome'],
    registers,
  })
  const calls = new Counter({
    name: 'relevo_payment_provider_calls_total',
    help: 'Calls of the provider by what they came to; of unknown ones nobody knows whether they had an effect',
    labelNames: ['operation', 'result'],
    registers,
  })
  const callSeconds = new Histogram({
    name: 'relevo_payment_provider_call_seconds',
    help: 'How long the provider took to answer, or was waited for',
    labelNames: ['operation'],
    buckets,
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const pending = gauge('relevo_payment_pending_payments', 'Payments with a call of the provider that is due')
  const oldest = gauge(
    'relevo_payment_oldest_pending_seconds',
    'For how long the oldest of them has been due',
  )
  const unsettled = gauge(
    'relevo_payment_unsettled_payments',
    'Payments that have been pending for longer than they should need',
  )
  return {
    calls,
    callSeconds,
    countSteps(steps: readonly Step[]): void {
      for (const { news, payment } of steps)
        if (news.length > 0) outcomes.inc({ outcome: outcomeOf(payment) })
    },
    setPending(found: Pending): void {
      pending.set(found.pending)
      oldest.set(found.oldestSeconds)
      unsettled.set(found.unsettled)
    },
  }
}

export type PaymentMetrics = ReturnType<typeof createPaymentMetrics>

/** A charge that is given back at once was charged as well. */
function outcomeOf({ state }: Step['payment']): string {
  return state === 'refunding' ? 'charged' : state
}
