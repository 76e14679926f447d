// What the chart renders, compared with charts/relevo/ci/golden: everything that can be switched on, on operators' and on
// existing servers. chartRules.test.ts holds what every render keeps to. After a change that is meant:
// UPDATE_GOLDEN=1 npm test -- chartGolden, and read the difference.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments, stringify } from 'yaml'
import { chartDirectory, ciValues, type Resource, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()
const golden = join(chartDirectory, 'ci/golden')

for (const name of ['external', 'full']) {
  test(`the chart with the ${name} values renders as before`, { skip }, () =>
    compare(name, ciValues(name), () => true),
  )
}

for (const [name, variants] of Object.entries({ many: ['many'], manyExternal: ['external', 'many'] })) {
  test(`a relay of several outboxes renders as before (${name})`, { skip }, () =>
    compare(name, variants.flatMap(ciValues), ({ metadata }) => {
      return metadata.labels?.['app.kubernetes.io/component'] === 'relay-all'
    }),
  )
}

async function compare(
  name: string,
  args: readonly string[],
  isMeant: (resource: Resource) => boolean,
): Promise<void> {
  const rendered = (await renderChart(args))
    .filter(isMeant)
    .map(withoutToken)
    .map(withoutChecksum)
    .map(withoutGenerated)
    .sort(byKindAndName)
  const file = join(golden, `${name}.yaml`)
  if (process.env.UPDATE_GOLDEN) await write(file, rendered)
  const expected = parseAllDocuments(await readFile(file, 'utf8')).map((document) => document.toJS())
  assert.ok(rendered.length > 0)
  assert.deepEqual(rendered, expected)
}

/** A token is another one in each render. */
function withoutToken(resource: Resource): Resource {
  return resource.kind === 'Secret' ? { ...resource, data: { token: '' } } : resource
}

/** So is a password, and with it the checksum of the pods that have it. */
function withoutChecksum(resource: Resource): Resource {
  const annotations = resource.spec?.template?.metadata?.annotations
  if (annotations?.['checksum/secrets']) annotations['checksum/secrets'] = ''
  return resource
}

/** Alerts and dashboards are files of the chart, and tested where they are written: observe. */
function withoutGenerated(resource: Resource): Resource {
  const { kind, metadata, data, spec } = resource
  if (kind === 'PrometheusRule')
    return { ...resource, spec: { groups: spec.groups.map(({ name }: { name: string }) => name) } }
  if (metadata.labels?.['app.kubernetes.io/component'] !== 'dashboards') return resource
  return { ...resource, data: Object.keys(data) }
}

function byKindAndName(a: Resource, b: Resource): number {
  const [left, right] = [`${a.kind}/${a.metadata.name}`, `${b.kind}/${b.metadata.name}`]
  return left < right ? -1 : left > right ? 1 : 0
}

async function write(file: string, resources: Resource[]): Promise<void> {
  await mkdir(golden, { recursive: true })
  await writeFile(file, resources.map((resource) => stringify(resource, { lineWidth: 0 })).join('---\n'))
}
