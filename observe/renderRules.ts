import type { Alert, AlertGroup } from './alerts/alert.ts'

/** What the chart puts before the name of a runbook. */
export const runbookBase = '@runbooks@/'

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** The groups as Prometheus and the PrometheusRule of its operator have them. */
export function ruleGroups(groups: readonly AlertGroup[]): { name: string; rules: Rule[] }[] {
  return groups.map(({ name, recordings = [], alerts }) => ({
    name,
    rules: [...recordings, ...alerts.map(toRule)],
  }))
}

function toRule({ name, expr, severity, summary, impact, runbook, ...times }: Alert): Rule {
  return {
    alert: name,
    expr,
    for: times.for,
    ...(times.keepFiringFor !== undefined && { keep_firing_for: times.keepFiringFor }),
    labels: { severity },
    annotations: { summary, impact, runbook_url: `${runbookBase}${runbook}.md` },
  }
}

/** charts/relevo/files/rules.generated.json. */
export function renderRules(groups: readonly AlertGroup[]): string {
  return `${JSON.stringify({ groups: ruleGroups(groups) }, null, 2)}\n`
}
