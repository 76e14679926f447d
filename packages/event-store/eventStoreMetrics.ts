import { Counter, type Registry } from 'prom-client'

/** The metrics of the writers in one registry; a second event store in the same registry shares them. */
export function createEventStoreMetrics(registry: Registry) {
  const registers = [registry]
  const once = <Metric>(name: string, create: (name: string) => Metric): Metric =>
    (registry.getSingleMetric(name) as Metric | undefined) ?? create(name)
  return {
    appended: once('relevo_event_store_appended_events_total', (name) => {
      const help = 'Events appended, by category of the stream, also in transactions that rolled back later'
      return new Counter({ name, help, labelNames: ['category'] as const, registers })
    }),
    conflicts: once('relevo_event_store_conflicts_total', (name) => {
      const help = 'Times that a stream was at another version than expected, by its category'
      return new Counter({ name, help, labelNames: ['category'] as const, registers })
    }),
  }
}

export type EventStoreMetrics = ReturnType<typeof createEventStoreMetrics>
