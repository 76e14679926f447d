// The commands that NOTES and docs/kubernetes.md give select what they are meant to, and nothing of the operators'.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ciValues, type Resource, renderChart, renderNotes, skipChartTests } from './helm.ts'

const skip = await skipChartTests()

type Labels = Readonly<Record<string, string>>

/** What Strimzi's and CloudNativePG's own pods, Deployments and claims have, as both label them. */
const operators: ReadonlyArray<readonly [kind: string, labels: Labels]> = [
  [
    'deployment',
    {
      'app.kubernetes.io/instance': 'relevo',
      'app.kubernetes.io/name': 'entity-operator',
      'strimzi.io/cluster': 'relevo',
    },
  ],
  [
    'pvc',
    {
      'app.kubernetes.io/instance': 'relevo',
      'app.kubernetes.io/name': 'kafka',
      'strimzi.io/cluster': 'relevo',
    },
  ],
  [
    'pvc',
    {
      'app.kubernetes.io/instance': 'relevo',
      'app.kubernetes.io/name': 'postgresql',
      'cnpg.io/cluster': 'relevo-postgres',
    },
  ],
]

/** Kinds by kubectl's words for them, and the labels of what there is of them. */
function living(resources: readonly Resource[]): Array<readonly [kind: string, labels: Labels]> {
  return [
    ...operators,
    ...resources.flatMap(({ kind, metadata, spec }) => [
      [kind.toLowerCase(), metadata.labels ?? {}] as const,
      ...(spec?.volumeClaimTemplates ?? []).map(
        (claim: Resource) => ['pvc', claim.metadata.labels ?? {}] as const,
      ),
    ]),
  ]
}

/** What a command's kinds and selector match. */
function select(command: string, resources: readonly Resource[]) {
  const [, kinds = '', selector = ''] = /(?:delete|restart) (\S+) -l (\S+)/.exec(command) ?? []
  const wanted = selector.split(',').map((part) => part.split('='))
  return living(resources).filter(
    ([kind, labels]) =>
      kinds.split(',').includes(kind) && wanted.every(([label = '', value]) => labels[label] === value),
  )
}

function commandsOf(text: string, verb: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.includes(`kubectl -n relevo ${verb}`) && line.includes(' -l '))
}

async function texts(): Promise<string[]> {
  return [await renderNotes(), await readFile(join(import.meta.dirname, '../docs/kubernetes.md'), 'utf8')]
}

test('after an uninstall the list of deletions takes every claim and topic', { skip }, async () => {
  const resources = await renderChart()
  for (const text of await texts()) {
    const commands = commandsOf(text, 'delete')
    const selected = commands.flatMap((command) => select(command, resources))
    const kept = resources.filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep',
    )
    for (const { kind, metadata } of kept) {
      const named = text.includes(`${kind.toLowerCase()}/${metadata.name}`)
      const byGroup = text.includes(`${kind.toLowerCase()}.postgresql.cnpg.io/${metadata.name}`)
      const labels = metadata.labels ?? {}
      assert.ok(named || byGroup || selected.some((one) => one[1] === labels), `${kind} ${metadata.name}`)
    }
    const claims = living(resources).filter(([kind, labels]) => kind === 'pvc' && !labels['cnpg.io/cluster'])
    assert.equal(claims.length, 2)
    for (const claim of claims)
      assert.ok(
        selected.some(([kind, labels]) => kind === 'pvc' && labels === claim[1]),
        String(claim),
      )
  }
})

test('a restart takes every service, StatefulSets included, and nothing of the operators', {
  skip,
}, async () => {
  const resources = await renderChart(ciValues('ha'))
  const workloads = resources.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
  assert.ok(workloads.some(({ kind }) => kind === 'StatefulSet'))
  const [, doc = ''] = await texts()
  const commands = commandsOf(doc, 'rollout restart')
  assert.equal(commands.length, 1)
  for (const command of commands) {
    const selected = select(command, resources).map(([, labels]) => labels)
    assert.deepEqual(
      selected,
      workloads.map(({ metadata }) => metadata.labels),
    )
  }
})
