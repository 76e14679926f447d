import { Counter, Gauge, type Registry } from 'prom-client'
import type { ActiveSagas, Tally } from './sql/tally.ts'

/**
 * The metrics of the sagas of one database. All of them come from its tables: every process reports the same numbers, so
 * dashboards take the maximum instead of the sum.
 */
export function createSagaMetrics(registry: Registry) {
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[]) =>
    (registry.getSingleMetric(name) as Counter | undefined) ??
    new Counter({ name, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[]) =>
    (registry.getSingleMetric(name) as Gauge | undefined) ?? new Gauge({ name, help, labelNames, registers })
  return {
    started: counter('relevo_saga_started_sagas_total', 'Sagas that were started', ['saga']),
    ended: counter('relevo_saga_ended_sagas_total', 'Sagas that have ended, by how', ['saga', 'outcome']),
    late: counter('relevo_saga_late_replies_total', 'Replies that nobody waited for', ['saga', 'treatment']),
    active: gauge('relevo_saga_active_sagas', 'Sagas under way, by the step they wait for', [
      'saga',
      'version',
      'step',
    ]),
    oldest: gauge('relevo_saga_oldest_age_seconds', 'Age of the oldest saga under way', ['saga']),
    stuck: gauge('relevo_saga_stuck_sagas', 'Sagas tried more often than they should need', ['saga']),
    timerDelay: gauge('relevo_saga_timer_delay_seconds', 'For how long the first timer has been due', [
      'saga',
    ]),
    unsupported: gauge(
      'relevo_saga_unsupported_sagas',
      'Sagas under way of a version that this process has no definition of',
      ['saga', 'version'],
    ),
  }
}

export type SagaMetrics = ReturnType<typeof createSagaMetrics>

/** Reports the figures of the tables. */
export function report(
  metrics: SagaMetrics,
  tallies: readonly Tally[],
  active: readonly ActiveSagas[],
  isSupported: (name: string, version: number) => boolean,
): void {
  for (const metric of Object.values(metrics)) metric.reset()
  for (const { name, what, count } of tallies) {
    if (what === 'started') metrics.started.inc({ saga: name }, count)
    else if (what.startsWith('late ')) metrics.late.inc({ saga: name, treatment: what.slice(5) }, count)
    else metrics.ended.inc({ saga: name, outcome: what }, count)
  }
  for (const { name: saga, version, step, sagas } of active) {
    metrics.active.inc({ saga, version, step }, sagas)
    if (!isSupported(saga, version)) metrics.unsupported.inc({ saga, version }, sagas)
  }
  for (const [saga, steps] of Map.groupBy(active, ({ name }) => name)) {
    metrics.stuck.set(
      { saga },
      steps.reduce((sum, { stuck }) => sum + stuck, 0),
    )
    metrics.oldest.set({ saga }, Math.max(...steps.map(({ oldest_seconds }) => oldest_seconds)))
    metrics.timerDelay.set({ saga }, Math.max(...steps.map(({ late_seconds }) => late_seconds)))
  }
}
