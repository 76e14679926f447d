import { stringify } from 'yaml'
import type { Alert, AlertGroup, Scene } from './alerts/alert.ts'

/** promtool's tests of the alerts: each fires in one scene and is quiet in another. */
export function renderRuleTests(groups: readonly AlertGroup[], ruleFile: string): string {
  const tests = groups.flatMap(({ alerts }) =>
    alerts.flatMap((alert) => [toTest(alert, alert.fires, true), toTest(alert, alert.quiet, false)]),
  )
  return stringify({ rule_files: [ruleFile], evaluation_interval: '1m', tests })
}

function toTest({ name }: Alert, { series, at }: Scene, fires: boolean) {
  // How many fire is asked, and not which: their labels and texts would be written here once more.
  const expr = `count(ALERTS{alertname="${name}",alertstate="firing"})`
  return {
    name: `${name} ${fires ? 'fires' : 'is quiet'}`,
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [{ expr, eval_time: at, exp_samples: fires ? [{ labels: '{}', value: 1 }] : [] }],
  }
}
