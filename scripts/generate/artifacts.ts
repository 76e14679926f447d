import { alertGroups } from '../../observe/alerts/index.ts'
import { dashboards } from '../../observe/dashboards/index.ts'
import { renderDashboard } from '../../observe/renderDashboards.ts'
import { renderRules } from '../../observe/renderRules.ts'
import { allSystems } from '../../systems/index.ts'
import type { System } from '../../systems/system.ts'
import { renderAsyncApi } from './asyncApi.ts'
import { renderChartReadme } from './chartReadme.ts'
import { renderChartValues } from './chartValues.ts'
import { renderGatewayRoutes } from './gatewayRoutes.ts'
import { renderHelmTests } from './helmTest.ts'
import { renderKindConfig, renderKindValues } from './kind.ts'
import { renderPortTable } from './portTable.ts'
import { renderTryIt } from './tryIt.ts'

/** A file that derives from the systems, or from what observes them: whole or between its marks. */
export interface Artifact {
  readonly file: string
  /**
   * @param current its present text; the parts that are not generated are kept.
   * @param read the text of another file.
   */
  readonly render: (systems: readonly System[], current: string, read: (file: string) => string) => string
}

const chartValues = 'charts/relevo/values.yaml'

const artifacts: readonly Artifact[] = [
  { file: 'docs/asyncapi.yaml', render: renderAsyncApi },
  { file: 'services/gateway/routing/routes.generated.json', render: renderGatewayRoutes },
  { file: 'docs/running.md', render: renderPortTable },
  { file: chartValues, render: renderChartValues },
  {
    file: 'charts/relevo/README.md',
    render: (systems, _current, read) => renderChartReadme(renderChartValues(systems, read(chartValues))),
  },
  { file: 'charts/relevo/templates/tests/systems.yaml', render: renderHelmTests },
  { file: 'charts/relevo/templates/_tryIt.tpl', render: renderTryIt },
  { file: 'kind-config.yaml', render: renderKindConfig },
  { file: 'k8s/kind-values.yaml', render: renderKindValues },
  { file: 'charts/relevo/files/rules.generated.json', render: () => renderRules(alertGroups) },
  ...dashboards.map((dashboard) => ({
    file: `charts/relevo/files/dashboards/${dashboard.uid}.generated.json`,
    render: () => renderDashboard(dashboard),
  })),
]

/** The artifacts that are not what the systems say, with the text that they should have. */
export function staleArtifacts(
  read: (file: string) => string,
  systems = allSystems,
): { file: string; text: string }[] {
  return artifacts.flatMap(({ file, render }) => {
    const current = read(file)
    const text = render(systems, current, read)
    return text === current ? [] : [{ file, text }]
  })
}
