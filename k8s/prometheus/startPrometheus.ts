import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../../scripts/commandLine.ts'
import { chartDirectory } from '../helm.ts'
import type { Place } from '../readRelease.ts'
import { capture, run } from '../shell.ts'
import { requireCluster, requireTools } from '../tools.ts'
import { hurryRules } from './hurryRules.ts'
import { prometheusName, prometheusPort, prometheusResources } from './prometheusResources.ts'

export interface PrometheusOptions extends Place {
  /** With `prometheus` and `node` on its PATH. */
  readonly image?: string | undefined
  /** By how much the windows and waiting times of the alerts are shorter. */
  readonly hurry: string
}

/** Twelve scrapes in the shortest window of the alerts, five minutes, and no more than one a second. */
const scrapesOften = 25

/** Puts a Prometheus beside a release, with the chart's alerts, and prints where it answers. */
export async function startPrometheus({ image, hurry, ...place }: PrometheusOptions): Promise<void> {
  if (image === undefined)
    throw new CommandError(
      'usage',
      'Give --image with Prometheus in it; .ci/prometheus makes one for the test cluster.',
    )
  const factor = Number(hurry)
  if (!(factor >= 1)) throw new CommandError('usage', `--hurry is a number from 1 on, and not ${hurry}.`)
  await requireTools('kubectl')
  await requireCluster()
  const text = await readFile(join(chartDirectory, 'files/rules.generated.json'), 'utf8')
  const rules = hurryRules(text.replaceAll('@runbooks@', 'docs/runbooks'), factor)
  const everySeconds = Math.max(1, Math.round(scrapesOften / factor))
  const program = await readFile(join(import.meta.dirname, 'writeTargets.ts'), 'utf8')
  const files = { rules, program, everySeconds }
  const checksum = createHash('sha256').update(JSON.stringify(files)).digest('hex')
  const items = prometheusResources({ ...place, ...files, image, checksum })
  const namespace = `--namespace=${place.namespace}`
  await run('kubectl', [namespace, 'apply', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  })
  await run('kubectl', [namespace, 'rollout', 'status', `deployment/${prometheusName}`, '--timeout=120s'])
  const address = await capture('kubectl', [
    namespace,
    'get',
    `service/${prometheusName}`,
    '--output=jsonpath={.spec.clusterIP}',
  ])
  console.log(`http://${address}:${prometheusPort}`)
}
