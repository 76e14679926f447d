import type { Kube } from '../../k8s/cluster/kube.ts'
import type { Release } from '../../k8s/cluster/release.ts'
import { replicasOf, workloadOf } from '../../k8s/cluster/scale.ts'
import { commissionsSystem } from '../../systems/commissions.ts'
import { relayOf } from '../../systems/parts.ts'

/** Why a drill on Kafka cannot run, or undefined. */
export function needsKafka({ release }: { release: Release }): string | undefined {
  return release.kafka ? undefined : 'the release uses a Kafka that is not its own (kafka.enabled: false)'
}

/** Why a drill on Postgres cannot run, or undefined. */
export function needsPostgres({ release }: { release: Release }): string | undefined {
  return release.postgres
    ? undefined
    : 'the release uses a Postgres that is not its own (postgres.enabled: false)'
}

/** Why a drill on the cache cannot run, or undefined. */
export function needsValkey({ release }: { release: Release }): string | undefined {
  return release.workloads.valkey
    ? undefined
    : 'the release has no Valkey of its own (install with --set valkey.enabled=true)'
}

/** Why a drill on a replica of Postgres cannot run, or undefined. */
export function needsReplica(context: { release: Release }): string | undefined {
  const { postgres } = context.release
  if (!postgres || postgres.instances > 1) return needsPostgres(context)
  return 'Postgres has one instance, so there is no replica (install with ci/ha-values.yaml)'
}

/** Why a drill on the stream of the write-ahead log cannot run, or undefined. */
export async function needsStream(context: { kube: Kube; release: Release }): Promise<string | undefined> {
  const { kube, release } = context
  const { name } = workloadOf(release, relayOf(commissionsSystem).name)
  const { data } = await kube.core.readNamespacedConfigMap({ name, namespace: release.namespace })
  if (data?.RELAY_SOURCE === 'wal') return needsPostgres(context)
  return 'the relay of the commissions reads the table (relays.commissions.source)'
}

/** Why a drill on one of several pods cannot run, or undefined. */
export async function needsTwo(
  { kube, release }: { kube: Kube; release: Release },
  component: string,
): Promise<string | undefined> {
  return (await replicasOf(kube, release, component)) > 1
    ? undefined
    : `${component} has one pod, so nobody answers in its place (install with ci/ha-values.yaml)`
}
