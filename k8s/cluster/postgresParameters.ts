import { type Kube, mergePatch } from './kube.ts'
import { psql } from './psql.ts'
import type { Release } from './release.ts'
import { waitFor } from './waitFor.ts'

type Parameters = Readonly<Record<string, string>>

const budgetMs = 120_000
/** What the parameters were, for the case that a drill breaks off; null: not set. */
const mark = 'relevo.drill/parameters'

interface Cluster {
  metadata: { annotations?: Record<string, string> }
  spec: { postgresql?: { parameters?: Parameters } }
}

/** Sets parameters of the release's Postgres that need no restart, and waits until the primary has them. */
export async function setParameters(kube: Kube, release: Release, parameters: Parameters): Promise<void> {
  const { spec } = await readCluster(kube, release)
  const before = Object.keys(parameters).map((name) => [name, spec.postgresql?.parameters?.[name] ?? null])
  await patchCluster(kube, release, {
    metadata: { annotations: { [mark]: JSON.stringify(Object.fromEntries(before)) } },
    spec: { postgresql: { parameters } },
  })
  for (const [name, value] of Object.entries(parameters))
    await waitFor(`${name} to be ${value}`, budgetMs, async () => {
      const [now] = await psql(kube, release, 'postgres', `show ${name}`)
      return now === value
    })
}

/** Sets them back to what they were; does nothing when they are. */
export async function resetParameters(kube: Kube, release: Release): Promise<void> {
  const { metadata } = await readCluster(kube, release)
  const before = metadata.annotations?.[mark]
  if (before === undefined) return
  const parameters = JSON.parse(before)
  await patchCluster(kube, release, {
    metadata: { annotations: { [mark]: null } },
    spec: { postgresql: { parameters } },
  })
  await waitFor('Postgres to have its parameters back', budgetMs, async () => {
    const [now] = await psql(kube, release, 'postgres', 'show max_slot_wal_keep_size')
    return now === parameters.max_slot_wal_keep_size
  })
}

function readCluster({ custom }: Kube, release: Release): Promise<Cluster> {
  return custom.getNamespacedCustomObject(requestOf(release))
}

async function patchCluster({ custom }: Kube, release: Release, body: object): Promise<void> {
  await custom.patchNamespacedCustomObject({ ...requestOf(release), body }, mergePatch)
}

function requestOf({ namespace, postgres }: Release) {
  if (!postgres) throw new Error('The release has no Postgres of its own.')
  return { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters', namespace, name: postgres.name }
}
