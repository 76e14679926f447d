import { alertGroups } from './alerts/index.ts'
import { dashboards } from './dashboards/index.ts'
import { labelsIn, labelsOf, metricsIn, metricsOf } from './metricNames.ts'

/** Everything that rules and dashboards ask Prometheus for. */
export function expressions(): string[] {
  const rules = alertGroups.flatMap(({ alerts, recordings = [] }) => [...recordings, ...alerts])
  const panels = dashboards.flatMap(({ rows }) => rows.flatMap((row) => row.panels))
  return [
    ...rules.map(({ expr }) => expr),
    ...panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
  ]
}

/**
 * What of the expressions the services do not answer, by what they say at /metrics: metrics that nobody has, and labels that none of
 * an expression's metrics has where they have samples.
 */
export function unanswered(answers: readonly string[]): string[] {
  const text = answers.join('\n')
  const known = metricsOf(text)
  return expressions().flatMap((expr) => {
    const metrics = metricsIn(expr)
    const missing = metrics.filter((name) => !known.has(name))
    const labels = metrics.map((name) => labelsOf(text, name))
    const isChecked = metrics.length > 0 && labels.every((each) => each !== undefined)
    const strange = isChecked ? labelsIn(expr).filter((name) => !labels.some((each) => each?.has(name))) : []
    return [...missing, ...strange.map((name) => `label ${name}`)].map((what) => `${what} in ${expr}`)
  })
}
