import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** The inbox metrics of a registry; a second inbox in the same registry shares them. */
export function createInboxMetrics(registry: Registry) {
  const registers = [registry]
  const once = <Metric>(name: string, create: (name: string) => Metric): Metric =>
    (registry.getSingleMetric(name) as Metric | undefined) ?? create(name)
  return {
    processed: once('relevo_inbox_processed_events_total', (name) => {
      const labelNames = ['consumer', 'type'] as const
      return new Counter({ name, help: 'Events that took effect', labelNames, registers })
    }),
    duplicates: once('relevo_inbox_duplicates_total', (name) => {
      const help = 'Deliveries of events that were processed before'
      return new Counter({ name, help, labelNames: ['consumer'] as const, registers })
    }),
    retries: once('relevo_inbox_retries_total', (name) => {
      const labelNames = ['consumer', 'type'] as const
      return new Counter({ name, help: 'Attempts of events that had failed before', labelNames, registers })
    }),
    deadLetters: once('relevo_inbox_dead_letters_total', (name) => {
      const labelNames = ['consumer', 'reason'] as const
      return new Counter({ name, help: 'Records given up', labelNames, registers })
    }),
    databaseFailures: once('relevo_inbox_database_failures_total', (name) => {
      const help = 'Transactions that the database failed and that were repeated'
      return new Counter({ name, help, labelNames: ['consumer'] as const, registers })
    }),
    handlerSeconds: once('relevo_inbox_handler_seconds', (name) => {
      const buckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]
      const labelNames = ['consumer', 'type'] as const
      return new Histogram({ name, help: 'Time of one handler', labelNames, buckets, registers })
    }),
    delaySeconds: once('relevo_inbox_event_delay_seconds', (name) => {
      const buckets = [0.01, 0.03, 0.1, 0.25, 0.5, 1, 3, 10, 60, 600, 3600]
      const help = 'Time from the recording of an event to the commit of its effect'
      return new Histogram({ name, help, labelNames: ['consumer'] as const, buckets, registers })
    }),
    held: once('relevo_inbox_held_events', (name) => {
      const help = 'Events that wait for a retry, or behind one'
      return new Gauge({ name, help, labelNames: ['consumer'] as const, registers })
    }),
    unpublished: once('relevo_inbox_unpublished_dead_letters', (name) => {
      const help = 'Dead letters whose copy is not on the dead letter topic yet'
      return new Gauge({ name, help, labelNames: ['consumer'] as const, registers })
    }),
  }
}

export type InboxMetrics = ReturnType<typeof createInboxMetrics>
