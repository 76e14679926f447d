import { explainPod, type PodStatus } from './explainPod.ts'

/** A resource as `kubectl get --output=json` shows it. */
export interface LiveResource {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly generation?: number
  }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: ResourceStatus
}

interface ResourceStatus extends PodStatus {
  readonly observedGeneration?: number
  readonly readyReplicas?: number
  readonly updatedReplicas?: number
  readonly succeeded?: number
  readonly readyInstances?: number
  readonly phase?: string
  readonly applied?: boolean
  readonly message?: string
}

/** One thing that is not as it should be: which resource, and why. */
export interface Finding {
  readonly resource: string
  readonly problem: string
}

type Check = (resource: LiveResource, pods: readonly LiveResource[]) => string | undefined

const checks: Readonly<Record<string, Check>> = {
  Deployment: checkWorkload,
  StatefulSet: checkWorkload,
  Job: checkJob,
  Kafka: checkReady,
  KafkaNodePool: checkNodePool,
  KafkaTopic: checkReady,
  KafkaUser: checkReady,
  Cluster: checkCluster,
  Database: checkApplied,
  DatabaseRole: checkApplied,
}

/** What of a release is not as it should be; empty: it is healthy. Pods among the resources say why. */
export function findProblems(resources: readonly LiveResource[]): Finding[] {
  const pods = resources.filter(({ kind }) => kind === 'Pod')
  return resources.flatMap((resource) => {
    const problem = checks[resource.kind]?.(resource, pods)
    return problem === undefined
      ? []
      : [{ resource: `${resource.kind.toLowerCase()}/${resource.metadata.name}`, problem }]
  })
}

/** How many resources {@link findProblems} judges. */
export function countChecked(resources: readonly LiveResource[]): number {
  return resources.filter(({ kind }) => kind in checks).length
}

/** The line that says healthy, or what is not and why. */
export function describeHealth(checked: number, findings: readonly Finding[]): string {
  if (checked === 0) return 'Not healthy: nothing of this release is there'
  if (findings.length === 0) return `Healthy: all of ${checked} resources are as they should be`
  return `Not healthy: ${findings.map(({ resource, problem }) => `${resource}: ${problem}`).join('; ')}`
}

function checkWorkload(resource: LiveResource, pods: readonly LiveResource[]): string | undefined {
  const { spec, status, metadata } = resource
  const wanted = Number(spec?.replicas ?? 1)
  if (wanted === 0) return 'scaled to no pods'
  const ready = status?.readyReplicas ?? 0
  if (ready < wanted) return `${ready} of ${wanted} pods ready${why(ownPods(resource, pods))}`
  const isOld =
    (status?.observedGeneration ?? 0) < (metadata.generation ?? 0) || (status?.updatedReplicas ?? 0) < wanted
  return isOld ? 'its new pods are not there yet' : undefined
}

function ownPods({ metadata }: LiveResource, pods: readonly LiveResource[]): LiveResource[] {
  const labels = ['app.kubernetes.io/instance', 'app.kubernetes.io/component']
  return pods.filter((pod) =>
    labels.every((label) => pod.metadata.labels?.[label] === metadata.labels?.[label]),
  )
}

function checkJob(job: LiveResource, pods: readonly LiveResource[]): string | undefined {
  if ((job.status?.succeeded ?? 0) > 0) return undefined
  const failed = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True')
  if (failed) return `failed (${failed.message}); see: kubectl logs job/${job.metadata.name}`
  const own = pods.filter(
    (pod) => pod.metadata.labels?.['batch.kubernetes.io/job-name'] === job.metadata.name,
  )
  return `not complete${why(own)}`
}

/** Strimzi says of some kinds Ready = False, and of others NotReady = True. */
function checkReady({ metadata, status }: LiveResource): string | undefined {
  const conditions = status?.conditions ?? []
  const isReady = conditions.some((one) => one.type === 'Ready' && one.status === 'True')
  const isNotReady = conditions.find((one) => one.type === 'NotReady' && one.status === 'True')
  const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  if (isReady && !isNotReady && current) return undefined
  const reason = isNotReady ?? conditions.find(({ type, status }) => type === 'Ready' && status === 'False')
  return `not ready (${reason?.message ?? reason?.reason ?? 'its operator has not got to it yet'})`
}

/** A Kafka stays Ready for minutes while a broker is away, so its pods are counted. */
function checkNodePool({ metadata, spec }: LiveResource, pods: readonly LiveResource[]): string | undefined {
  const own = pods.filter((pod) => pod.metadata.labels?.['strimzi.io/pool-name'] === metadata.name)
  return tooFew(own, Number(spec?.replicas ?? 1), 'nodes')
}

function checkCluster({ metadata, spec, status }: LiveResource, pods: readonly LiveResource[]) {
  const own = pods.filter(
    ({ metadata: { labels } }) =>
      labels?.['cnpg.io/cluster'] === metadata.name && labels['cnpg.io/podRole'] === 'instance',
  )
  const problem = tooFew(own, Number(spec?.instances ?? 1), 'instances')
  return problem === undefined ? undefined : `${problem}${status?.phase ? ` (${status.phase})` : ''}`
}

function tooFew(pods: readonly LiveResource[], wanted: number, noun: string): string | undefined {
  const ready = pods.filter(({ status }) => isPodReady(status)).length
  return ready < wanted ? `${ready} of ${wanted} ${noun} ready${why(pods)}` : undefined
}

function checkApplied({ status }: LiveResource): string | undefined {
  if (status?.applied) return undefined
  return `not applied (${status?.message ?? 'its operator has not got to it yet'})`
}

function isPodReady(status: PodStatus | undefined): boolean {
  return (status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
}

function why(pods: readonly LiveResource[]): string {
  const [pod] = pods.filter(({ status }) => !isPodReady(status))
  const reason = pod && explainPod(pod.status ?? {})
  return reason ? `: ${pod.metadata.name} ${reason}` : ''
}
