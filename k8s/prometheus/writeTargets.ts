// Writes what Prometheus scrapes to a file, every few seconds, from the pods of a namespace: Debian's Prometheus knows no
// Kubernetes. Runs beside it, in the cluster, with nothing but Node.js: node writeTargets.ts FILE
import { readFile, rename, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

interface Pod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec: {
    readonly containers: readonly {
      readonly name: string
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
    }[]
  }
  readonly status: { readonly phase?: string; readonly podIP?: string }
}

/** As Prometheus' file_sd_configs reads it. */
export interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

interface Place {
  readonly namespace: string
  readonly release: string
}

const everyMs = 2_000
const requestMs = 5_000
const account = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The pods of a release, and of its brokers and Postgres, under the names that the chart's PodMonitors give them. */
export function toTargets(pods: readonly Pod[], place: Place): TargetGroup[] {
  return pods.flatMap((pod) => {
    const job = jobOf(pod.metadata.labels ?? {}, place)
    const found = job && metricsPort(pod)
    const { phase, podIP } = pod.status
    if (!found || phase !== 'Running' || podIP === undefined) return []
    const labels = { job, namespace: place.namespace, pod: pod.metadata.name, container: found.container }
    return [{ targets: [`${podIP}:${found.port}`], labels }]
  })
}

function jobOf(labels: Readonly<Record<string, string>>, { namespace, release }: Place): string | undefined {
  const { 'cnpg.io/cluster': postgres, 'strimzi.io/cluster': kafka } = labels
  if (labels['app.kubernetes.io/instance'] !== release) return undefined
  if (postgres !== undefined) return `${namespace}/${postgres}`
  if (kafka !== undefined) return `${namespace}/${kafka}-kafka`
  return `${namespace}/${release}-${labels['app.kubernetes.io/component']}`
}

/** With mutual TLS a service answers Prometheus at its port `probe`. */
function metricsPort({ spec }: Pod): { readonly container: string; readonly port: number } | undefined {
  for (const name of ['metrics', 'tcp-prometheus', 'probe', 'http'])
    for (const { name: container, ports = [] } of spec.containers) {
      const port = ports.find((each) => each.name === name)
      if (port) return { container, port: port.containerPort }
    }
  return undefined
}

async function listPods(namespace: string): Promise<Pod[]> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
  // It is renewed, so it is read each time.
  const token = await readFile(`${account}/token`, 'utf8')
  const answer = await fetch(`https://${host}:${port}/api/v1/namespaces/${namespace}/pods`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(requestMs),
  })
  if (!answer.ok) throw new Error(`The API server answers ${answer.status}.`)
  return ((await answer.json()) as { items: Pod[] }).items
}

async function keepWriting(file: string, place: Place, signal: AbortSignal): Promise<void> {
  let written = ''
  while (!signal.aborted) {
    try {
      const text = JSON.stringify(toTargets(await listPods(place.namespace), place))
      if (text !== written) {
        await writeFile(`${file}.new`, text)
        await rename(`${file}.new`, file)
        written = text
      }
    } catch (error) {
      console.error((error as Error).message)
    }
    await delay(everyMs, undefined, { signal }).catch(() => {})
  }
}

if (import.meta.main) {
  const { NAMESPACE: namespace = '', RELEASE: release = '' } = process.env
  const end = new AbortController()
  process.once('SIGTERM', () => end.abort())
  await keepWriting(process.argv[2] ?? '/targets/targets.json', { namespace, release }, end.signal)
}
