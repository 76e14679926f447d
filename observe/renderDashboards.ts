import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DashboardBuilder as Builder,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as NumberBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { Dashboard, Panel, Query } from './dashboards/dashboard.ts'

/** The variable of that name, above the dashboard. */
const source = { type: 'prometheus', uid: '$datasource' }
const lines = { width: 8, height: 8 }
const number = { width: 4, height: 4 }

/** A dashboard as Grafana takes it: charts/relevo/files/dashboards. */
export function renderDashboard({ uid, title, rows }: Dashboard): string {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['relevo'])
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('datasource').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('namespace')
        .datasource(source)
        .query('label_values(process_start_time_seconds, namespace)')
        .multi(true)
        .includeAll(true)
        // Also where there are no namespaces, as with `npm start`.
        .allValue('.*'),
    )
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) addPanel(builder, panel)
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`
}

function addPanel(builder: Builder, panel: Panel): void {
  builder.withPanel(panel.kind === 'number' ? numberOf(panel) : linesOf(panel))
}

function linesOf({ title, description = '', unit, queries }: Panel): LinesBuilder {
  const panel = new LinesBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .datasource(source)
    .height(lines.height)
    .span(lines.width)
    .legend(legend())
    .tooltip(tooltip())
  for (const query of queries) panel.withTarget(target(query))
  return panel
}

/** With its last value and its peak, the greatest first: a panel of many lines is read from the top. */
function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(['lastNotNull', 'max'])
    .sortBy('Max')
    .sortDesc(true)
}

function tooltip(): VizTooltipOptionsBuilder {
  return new VizTooltipOptionsBuilder()
    .mode(TooltipDisplayMode.Multi)
    .sort(SortOrder.Descending)
    .hideZeros(true)
}

function numberOf({ title, description = '', unit, redFrom, queries }: Panel): NumberBuilder {
  const steps = [
    { value: null, color: 'green' },
    ...(redFrom === undefined ? [] : [{ value: redFrom, color: 'red' }]),
  ]
  const panel = new NumberBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(source)
    .height(number.height)
    .span(number.width)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
  for (const query of queries) panel.withTarget(target(query))
  return panel
}

function target({ expr, legend }: Query): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).legendFormat(legend)
}
