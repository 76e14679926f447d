import { type SystemComponents, systemComponents } from '../../drills/systems.ts'
import { execInPod } from '../../k8s/cluster/execInPod.ts'
import { ignoreMissing, type Kube } from '../../k8s/cluster/kube.ts'
import type { Release } from '../../k8s/cluster/release.ts'
import { podSpecOf, workloadOf } from '../../k8s/cluster/scale.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import type { Proof } from '../proveRun.ts'
import { type ProofSystem, type SystemName, systems } from '../systems.ts'
import type { EventCounts } from '../waitForQuiet.ts'
import { readEventFiles } from './eventFiles.ts'
import type { LoadSpec, LoadSummary } from './program/generateLoad.ts'
import { formatInput } from './program/readInput.ts'
import type { Moment } from './program/readTimeline.ts'
import { resultOf } from './program/resultMark.ts'
import { toolboxDirectory, toolboxFiles } from './toolboxFiles.ts'
import { type ToolboxParts, toolboxConfigMap, toolboxPod } from './toolboxPod.ts'

const main = `${toolboxDirectory}/proof/inCluster/program/main.ts`
const readyBudgetMs = 120_000
const commandBudgetMs = 60_000

interface ExecMore {
  budgetMs?: number
  input?: string | undefined
}

/** What is proved: a ledger in the pod, or `-` with the ledger as input. */
export interface ProveRequest {
  ledgerFile: string
  contentPrefix: string
  quietMs: number
  timelineSince?: number
}

/**
 * A pod in the cluster that generates load for a system and proves it, where API, Postgres and Kafka can be reached on every kind of
 * cluster, with the rights of the services. `close` removes it.
 */
export class Toolbox {
  readonly #kube: Kube
  readonly #release: Release
  readonly #system: SystemName
  readonly #name: string

  private constructor(kube: Kube, release: Release, system: SystemName) {
    this.#kube = kube
    this.#release = release
    this.#system = system
    this.#name = `${release.name}-toolbox-${Date.now().toString(36)}`
  }

  /** Makes the pod and waits until it runs; it stays on the node where the scheduler puts it. */
  static async open(kube: Kube, release: Release, system: SystemName): Promise<Toolbox> {
    const { namespace } = release
    const toolbox = new Toolbox(kube, release, system)
    const name = toolbox.podName
    const names = { name, namespace, instance: release.name }
    const parts = await partsOf(kube, release, system)
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

  get podName(): string {
    return this.#name
  }

  /** Starts load that runs on by itself until `stopLoad`, or for `maxSeconds`. */
  async startLoad(spec: Omit<LoadSpec, 'ledgerFile' | 'stopFile' | 'system' | 'apiUrl'>): Promise<void> {
    const id = spec.contentPrefix
    const full: LoadSpec = {
      ...spec,
      system: this.#system,
      apiUrl: await this.#urlOf('api'),
      ledgerFile: ledgerOf(id),
      stopFile: `/tmp/${id}stop`,
    }
    await this.#exec(['sh', '-c', `node "$0" load "$1" > /tmp/${id}out 2>&1 &`, main, JSON.stringify(full)])
  }

  /** Stops the load and waits for what is under way. */
  async stopLoad(contentPrefix: string): Promise<LoadSummary> {
    const wait = `touch /tmp/${contentPrefix}stop; n=0; until grep -q @@result "$0" || [ $n -gt 50 ]; do sleep 1; n=$((n+1)); done; cat "$0"`
    return resultOf(await this.#exec(['sh', '-c', wait, `/tmp/${contentPrefix}out`]))
  }

  /** Waits until effects begin to come, and answers at once. @returns how many events are recorded, and have had effect. */
  async waitForEffects(): Promise<EventCounts> {
    return this.#run('effects', { budgetMs: commandBudgetMs - 5_000 })
  }

  /** How many events had been recorded by then and not taken effect, by the database's clock in milliseconds since 1970. */
  async pendingAt(at: number): Promise<number> {
    return this.#run('pending', { at })
  }

  /** Waits for quiet, and proves. */
  async prove(request: ProveRequest, ledger?: string): Promise<{ proof: Proof; timeline: Moment[] }> {
    const budgetMs = request.quietMs + 120_000
    const files = await this.#readFiles(request.quietMs, budgetMs)
    const input = ledger !== undefined || files.length > 0 ? formatInput(ledger ?? '', files) : undefined
    const relayUrl = await this.#urlOf('relay')
    return this.#run('prove', { ...request, relayUrl, input: input !== undefined }, { budgetMs, input })
  }

  /** The effects that are in files, once it is quiet: they are read from outside of the pod. */
  async #readFiles(quietMs: number, budgetMs: number): Promise<string[][]> {
    const { listEffects }: ProofSystem = systems[this.#system]
    if (listEffects) return []
    await this.#run('quiet', { quietMs }, { budgetMs })
    return readEventFiles(this.#kube, this.#release, systemComponents[this.#system].consumer)
  }

  async #urlOf(part: keyof SystemComponents): Promise<string> {
    const component = systemComponents[this.#system][part]
    const { containers } = await podSpecOf(this.#kube, this.#release, component)
    return `http://${workloadOf(this.#release, component).name}:${containers[0]?.ports?.[0]?.containerPort}`
  }

  async close(): Promise<void> {
    const [name, { namespace }] = [this.#name, this.#release]
    await this.#kube.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 1 }).catch(ignoreMissing)
    await this.#kube.core.deleteNamespacedConfigMap({ name, namespace }).catch(ignoreMissing)
  }

  async #run<T>(name: string, spec: object, more: ExecMore = {}): Promise<T> {
    const text = JSON.stringify({ system: this.#system, ...spec })
    return resultOf(await this.#exec(['node', main, name, text], more))
  }

  #exec(command: readonly string[], more: ExecMore = {}): Promise<string> {
    const { budgetMs = commandBudgetMs, input } = more
    const { namespace } = this.#release
    const options = { namespace, pod: this.#name, container: 'toolbox', command, budgetMs }
    return execInPod(this.#kube, { ...options, ...(input !== undefined && { input }) })
  }
}

async function partsOf(kube: Kube, release: Release, system: SystemName): Promise<ToolboxParts> {
  const { api, consumer } = systemComponents[system]
  const { name } = workloadOf(release, consumer)
  const { data = {} } = await kube.core.readNamespacedConfigMap({ name, namespace: release.namespace })
  return {
    api: await podSpecOf(kube, release, api),
    consumer: await podSpecOf(kube, release, consumer),
    consumerSettings: data,
    files: toolboxFiles(),
  }
}

/** Where the load of a run keeps its ledger in the pod. */
export function ledgerOf(contentPrefix: string): string {
  return `/tmp/${contentPrefix}ledger.ndjson`
}
