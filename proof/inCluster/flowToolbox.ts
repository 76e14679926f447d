import { execInPod } from '../../k8s/cluster/execInPod.ts'
import { ignoreMissing, type Kube } from '../../k8s/cluster/kube.ts'
import type { Release } from '../../k8s/cluster/release.ts'
import { podSpecOf, workloadOf } from '../../k8s/cluster/scale.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import { type SystemName, systems } from '../../systems/index.ts'
import { flowName, outboxOf, serviceOf } from '../../systems/parts.ts'
import type { Flow, System } from '../../systems/system.ts'
import { resultOf } from './program/resultMark.ts'
import { toolboxDirectory, toolboxFiles } from './toolboxFiles.ts'
import { type ToolboxParts, toolboxConfigMap, toolboxPod } from './toolboxPod.ts'

/** The program that the pod runs. */
const toolboxMain = `${toolboxDirectory}/proof/inCluster/program/main.ts`
const readyBudgetMs = 120_000
const commandBudgetMs = 60_000

interface ExecMore {
  readonly budgetMs?: number
  readonly input?: string | undefined
}

/**
 * A pod for one flow of a system: it has the database of the outbox, that of the consumer, and the consumer's rights in
 * Kafka. `close` removes it.
 */
export class FlowToolbox {
  readonly flow: Flow
  readonly podName: string
  readonly #kube: Kube
  readonly #namespace: string
  readonly #system: SystemName

  private constructor(kube: Kube, namespace: string, system: SystemName, flow: Flow, podName: string) {
    this.flow = flow
    this.podName = podName
    this.#kube = kube
    this.#namespace = namespace
    this.#system = system
  }

  /** Makes the pod and waits until it runs; it stays on the node where the scheduler puts it. */
  static async open(kube: Kube, release: Release, system: SystemName, flow: Flow): Promise<FlowToolbox> {
    const { namespace } = release
    const number = systems[system].flows.indexOf(flow)
    const name = `${release.name}-toolbox-${Date.now().toString(36)}-${number}`
    const toolbox = new FlowToolbox(kube, namespace, system, flow, name)
    const names = { name, namespace, instance: release.name }
    const parts = await partsOf(kube, release, systems[system], flow)
    try {
      await kube.core.createNamespacedConfigMap({ namespace, body: toolboxConfigMap(names, parts.files) })
      await kube.core.createNamespacedPod({ namespace, body: toolboxPod(names, parts) })
      await waitFor('the toolbox to run', readyBudgetMs, async () => {
        const { status } = await kube.core.readNamespacedPod({ name, namespace })
        return status?.phase === 'Running'
      })
      return toolbox
    } catch (error) {
      await toolbox.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const [name, namespace] = [this.podName, this.#namespace]
    await this.#kube.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 1 }).catch(ignoreMissing)
    await this.#kube.core.deleteNamespacedConfigMap({ name, namespace }).catch(ignoreMissing)
  }

  /** Runs a command of the program. @returns its result. */
  async run<T>(name: string, spec: object, more: ExecMore = {}): Promise<T> {
    const text = JSON.stringify({ system: this.#system, flow: flowName(this.flow), ...spec })
    return resultOf(await this.exec(['node', toolboxMain, name, text], more))
  }

  /** Starts a command of the program that goes on by itself until its stop file, /tmp/<id>stop, is there. */
  async start(name: string, id: string, spec: object): Promise<void> {
    const script = `node "$0" "$1" "$2" > /tmp/${id}out 2>&1 &`
    await this.exec(['sh', '-c', script, toolboxMain, name, JSON.stringify(spec)])
  }

  /** Tells it to stop, and waits for it. @returns its result. */
  async stop<T>(id: string): Promise<T> {
    const wait = `touch /tmp/${id}stop; n=0; until grep -q @@result "$0" || [ $n -gt 50 ]; do sleep 1; n=$((n+1)); done; cat "$0"`
    return resultOf(await this.exec(['sh', '-c', wait, `/tmp/${id}out`]))
  }

  exec(command: readonly string[], { budgetMs = commandBudgetMs, input }: ExecMore = {}): Promise<string> {
    const pod = { namespace: this.#namespace, pod: this.podName, container: 'toolbox' }
    return execInPod(this.#kube, { ...pod, command, budgetMs, ...(input !== undefined && { input }) })
  }
}

async function partsOf(kube: Kube, release: Release, system: System, flow: Flow): Promise<ToolboxParts> {
  const api = outboxUser(system, flow)
  return {
    api: await podSpecOf(kube, release, api),
    apiSettings: await settingsOf(kube, release, api),
    consumer: await podSpecOf(kube, release, flow.consumer),
    consumerSettings: await settingsOf(kube, release, flow.consumer),
    files: toolboxFiles(),
  }
}

async function settingsOf(kube: Kube, release: Release, component: string): Promise<Record<string, string>> {
  const { name } = workloadOf(release, component)
  const { data = {} } = await kube.core.readNamespacedConfigMap({ name, namespace: release.namespace })
  return data
}

/** A service whose database has the flow's outbox: the one that takes the requests, if it does. */
function outboxUser(system: System, flow: Flow): string {
  const database = outboxOf(system, flow.topic)
  const candidates = [serviceOf(system, system.entry.service), ...system.services]
  const found = candidates.find((service) => service.database === database)
  if (!found) throw new Error(`No service of ${system.name} uses the database ${database}.`)
  return found.name
}
