import { Counter, Gauge, type Registry } from 'prom-client'

/** The metrics of the subscriptions in one registry, by the name of the subscription. */
export function createSubscriptionMetrics(registry: Registry) {
  const registers = [registry]
  const labelNames = ['subscription'] as const
  const once = <Metric>(name: string, create: (name: string) => Metric): Metric =>
    (registry.getSingleMetric(name) as Metric | undefined) ?? create(name)
  const gauge = (name: string, help: string) =>
    once(name, () => new Gauge({ name, help, labelNames, registers }))
  const counter = (name: string, help: string) =>
    once(name, () => new Counter({ name, help, labelNames, registers }))
  return {
    applied: counter('relevo_event_store_applied_events_total', 'Events that took effect'),
    failures: counter(
      'relevo_event_store_subscription_failures_total',
      'Times that a page could not be applied, or the database could not be used',
    ),
    lagEvents: gauge(
      'relevo_event_store_subscription_lag_events',
      'Committed events that are not applied; 10,000 also stands for more',
    ),
    lagSeconds: gauge(
      'relevo_event_store_subscription_lag_seconds',
      'Age of the oldest event that is not applied',
    ),
    blockedStreams: gauge(
      'relevo_event_store_blocked_streams',
      'Streams that wait, as their next event is unknown or cannot be applied',
    ),
  }
}

export type SubscriptionMetrics = ReturnType<typeof createSubscriptionMetrics>
