import type { Proof } from '../../loadtest/proof/proveRun.ts'
import type { LoadSpec, LoadSummary } from '../toolbox/generateLoad.ts'
import { endOfInput } from '../toolbox/readInput.ts'
import type { Moment } from '../toolbox/readTimeline.ts'
import { resultOf } from '../toolbox/resultMark.ts'
import type { EventCounts } from '../toolbox/watchEffects.ts'
import { execInPod } from './execInPod.ts'
import { ignoreMissing, type Kube } from './kube.ts'
import type { Release } from './release.ts'
import { deploymentOf } from './scale.ts'
import { toolboxDirectory, toolboxFiles } from './toolboxFiles.ts'
import { toolboxConfigMap, toolboxPod } from './toolboxPod.ts'
import { waitFor } from './waitFor.ts'

const main = `${toolboxDirectory}/drills/toolbox/main.ts`
const readyBudgetMs = 120_000
const commandBudgetMs = 60_000

/** What is proved: a ledger in the pod, or `-` with the ledger as input. */
export interface ProveRequest {
  ledgerFile: string
  contentPrefix: string
  quietMs: number
  timelineSince?: number
}

/**
 * A pod in the cluster that generates load and proves it, where API, Postgres and Kafka can be reached on every kind of
 * cluster, with the rights of the services. `close` removes it.
 */
export class Toolbox {
  readonly #kube: Kube
  readonly #release: Release
  readonly #name: string

  private constructor(kube: Kube, release: Release, name: string) {
    this.#kube = kube
    this.#release = release
    this.#name = name
  }

  /** Makes the pod and waits until it runs; it stays on the node where the scheduler puts it. */
  static async open(kube: Kube, release: Release): Promise<Toolbox> {
    const name = `${release.name}-toolbox-${Date.now().toString(36)}`
    const { namespace } = release
    const { spec } = await kube.apps.readNamespacedDeployment(deploymentOf(release, 'message-processor'))
    if (!spec?.template.spec) throw new Error('The deployment of message-processor has no pod template.')
    const names = { name, namespace, instance: release.name }
    const files = toolboxFiles()
    const toolbox = new Toolbox(kube, release, name)
    try {
      await kube.core.createNamespacedConfigMap({ namespace, body: toolboxConfigMap(names, files) })
      await kube.core.createNamespacedPod({ namespace, body: toolboxPod(names, spec.template.spec, files) })
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
  async startLoad(spec: Omit<LoadSpec, 'ledgerFile' | 'stopFile' | 'messagesUrl'>): Promise<void> {
    const id = spec.contentPrefix
    const messages = deploymentOf(this.#release, 'messages').name
    const full: LoadSpec = {
      ...spec,
      messagesUrl: `http://${messages}:3000`,
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
    return resultOf(
      await this.#exec(['node', main, 'effects', JSON.stringify({ budgetMs: commandBudgetMs - 5_000 })]),
    )
  }

  /** How many events had been recorded by then and not taken effect, by the database's clock in milliseconds since 1970. */
  async pendingAt(at: number): Promise<number> {
    return resultOf(await this.#exec(['node', main, 'pending', JSON.stringify({ at })]))
  }

  /** Waits for quiet, and proves. */
  async prove(request: ProveRequest, ledger?: string): Promise<{ proof: Proof; timeline: Moment[] }> {
    const { relay } = this.#release.deployments
    const spec = { ...request, ...(relay && { relayUrl: `http://${relay}:3002` }) }
    const command = ['node', main, 'prove', JSON.stringify(spec)]
    return resultOf(
      await this.#exec(command, {
        budgetMs: request.quietMs + 120_000,
        input: ledger && `${ledger}\n${endOfInput}\n`,
      }),
    )
  }

  async close(): Promise<void> {
    const [name, { namespace }] = [this.#name, this.#release]
    await this.#kube.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 1 }).catch(ignoreMissing)
    await this.#kube.core.deleteNamespacedConfigMap({ name, namespace }).catch(ignoreMissing)
  }

  #exec(
    command: readonly string[],
    more: { budgetMs?: number; input?: string | undefined } = {},
  ): Promise<string> {
    const { budgetMs = commandBudgetMs, input } = more
    const { namespace } = this.#release
    const options = { namespace, pod: this.#name, container: 'toolbox', command, budgetMs }
    return execInPod(this.#kube, { ...options, ...(input !== undefined && { input }) })
  }
}

/** Where the load of a run keeps its ledger in the pod. */
export function ledgerOf(contentPrefix: string): string {
  return `/tmp/${contentPrefix}ledger.ndjson`
}
