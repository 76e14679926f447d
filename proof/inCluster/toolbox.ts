import type { Kube } from '../../k8s/cluster/kube.ts'
import type { Release } from '../../k8s/cluster/release.ts'
import { podSpecOf, workloadOf } from '../../k8s/cluster/scale.ts'
import { type SystemName, systems } from '../../systems/index.ts'
import { auditUrl, entryFlow, outboxOf, relayOf } from '../../systems/parts.ts'
import type { Entry, System } from '../../systems/system.ts'
import type { BrokenLaw } from '../checkLaws.ts'
import type { Customer } from '../customers.ts'
import { findWitnesses, judge, type Testimony } from '../judgeDatabases.ts'
import { combineProofs, type FlowProof, type Proof } from '../proof.ts'
import type { EventCounts, Quiet } from '../waitForQuiet.ts'
import { readEventFiles } from './eventFiles.ts'
import { FlowToolbox } from './flowToolbox.ts'
import type { EdgeSummary } from './program/edgeSummary.ts'
import type { LoadSpec, LoadSummary } from './program/generateLoad.ts'
import { formatInput } from './program/readInput.ts'
import type { Moment } from './program/readTimeline.ts'
import type { EdgeSpec } from './program/watchEdge.ts'
import type { RecentSummary } from './program/watchRecent.ts'
import type { Revocation, RevocationSpec } from './program/watchRevocations.ts'
import { waitForAll } from './waitForAll.ts'

const commandBudgetMs = 60_000
const lawsBudgetMs = 120_000

/** What is proved: a ledger in the pod of the entry's flow, or `-` with the ledger as input. */
export interface ProveRequest {
  readonly ledgerFile: string
  readonly contentPrefix: string
  readonly quietMs: number
  readonly timelineSince?: number
}

interface FlowResult {
  readonly proof: FlowProof
  readonly refused: number
  readonly timeline: Moment[]
}

/**
 * Pods in the cluster, one for each flow, that generate load for a system and prove it, where API, Postgres and Kafka
 * can be reached on every kind of cluster, with the rights of the services. `close` removes them.
 */
export class Toolbox {
  readonly #kube: Kube
  readonly #release: Release
  readonly #system: SystemName
  readonly #flows: FlowToolbox[] = []

  private constructor(kube: Kube, release: Release, system: SystemName) {
    this.#kube = kube
    this.#release = release
    this.#system = system
  }

  /** Makes the pods and waits until they run. */
  static async open(kube: Kube, release: Release, system: SystemName): Promise<Toolbox> {
    const toolbox = new Toolbox(kube, release, system)
    try {
      for (const flow of systems[system].flows)
        toolbox.#flows.push(await FlowToolbox.open(kube, release, system, flow))
      return toolbox
    } catch (error) {
      await toolbox.close()
      throw error
    }
  }

  /** The pod that the load comes from. */
  get podName(): string {
    return this.#entry.podName
  }

  get #entry(): FlowToolbox {
    const flow = entryFlow(systems[this.#system])
    const found = this.#flows.find((toolbox) => toolbox.flow === flow)
    if (!found) throw new Error('The toolbox is closed.')
    return found
  }

  /** Starts load that runs on by itself until `stopLoad`, or for `maxSeconds`. */
  async startLoad(
    spec: Omit<LoadSpec, 'ledgerFile' | 'stopFile' | 'system' | 'apiUrl' | 'provisionUrls'>,
  ): Promise<void> {
    const id = spec.contentPrefix
    const { service, provisions = [] }: Entry = systems[this.#system].entry
    const urls = provisions.map(async ({ at }) => [at, await this.#urlOf(at)] as const)
    const full: LoadSpec = {
      ...spec,
      system: this.#system,
      apiUrl: await this.#urlOf(service),
      provisionUrls: Object.fromEntries(await Promise.all(urls)),
      ledgerFile: ledgerOf(id),
      stopFile: `/tmp/${id}stop`,
    }
    await this.#entry.start('load', id, full)
  }

  /** Stops the load and waits for what is under way. */
  stopLoad(contentPrefix: string): Promise<LoadSummary> {
    return this.#entry.stop(contentPrefix)
  }

  /**
   * Waits until effects of the entry's flow begin to come, and answers at once.
   * @returns how many events are recorded, and have had effect.
   */
  async waitForEffects(): Promise<EventCounts> {
    return this.#entry.run('effects', { budgetMs: commandBudgetMs - 5_000 })
  }

  /** Reads the newest events by the API and from Postgres for so long, and compares them. */
  async watchRecent(forMs: number): Promise<RecentSummary> {
    const apiUrl = await this.#urlOf(systems[this.#system].entry.service)
    return this.#entry.run('recent', { apiUrl, forMs }, { budgetMs: forMs + commandBudgetMs })
  }

  /** Users whose addresses are verified; of the system of the users. */
  async makeCustomers(count: number): Promise<Customer[]> {
    const usersUrl = await this.#urlOf(systems[this.#system].entry.service)
    return this.#entry.run('customers', { count, usersUrl }, { budgetMs: commandBudgetMs + count * 5_000 })
  }

  /** Starts to read through the gateway as customers, until `stopEdge` or for `maxSeconds`. */
  async startEdge(id: string, spec: Omit<EdgeSpec, 'gatewayUrl' | 'stopFile'>): Promise<void> {
    const full: EdgeSpec = { ...spec, gatewayUrl: await this.#urlOf('gateway'), stopFile: `/tmp/${id}stop` }
    await this.#entry.start('edge', id, { system: this.#system, ...full })
  }

  /** Stops it, and waits for what is under way. */
  stopEdge(id: string): Promise<EdgeSummary> {
    return this.#entry.stop(id)
  }

  /** Disables users while they ask through the gateway. */
  async watchRevocations(spec: Omit<RevocationSpec, 'gatewayUrl'>): Promise<Revocation[]> {
    const full: RevocationSpec = { ...spec, gatewayUrl: await this.#urlOf('gateway') }
    const budgetMs = commandBudgetMs + spec.victims.length * 40_000
    return this.#entry.run('revocations', full, { budgetMs })
  }

  /** How many events had been recorded by then and not taken effect, by the database's clock in milliseconds since 1970. */
  async pendingAt(at: number): Promise<number> {
    return this.#entry.run('pending', { at })
  }

  /** Runs SQL in a database of the system, with the rights of a service of it. @throws Error when no flow reaches it. */
  async query<Row>(database: string, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const witnesses = findWitnesses<FlowToolbox>(systems[this.#system], this.#flows)
    const witness = witnesses.find((each) => each.database === database)
    if (!witness) throw new Error(`No flow of ${this.#system} reaches the database ${database}.`)
    return witness.place.run('query', { as: witness.as, sql, values })
  }

  /** Waits for quiet, proves every flow and checks the laws. */
  async prove(request: ProveRequest, ledger?: string): Promise<{ proof: Proof; timeline: Moment[] }> {
    const quiet = await waitForAll(
      this.#flows.map((toolbox) => (quietMs: number) => {
        return toolbox.run<Quiet>('quiet', { quietMs }, { budgetMs: quietMs + commandBudgetMs })
      }),
      request.quietMs,
    )
    const flows: FlowProof[] = []
    let [refused, timeline]: [number, Moment[]] = [0, []]
    for (const toolbox of this.#flows) {
      const result = await this.#proveFlow(toolbox, request, ledger)
      flows.push(result.proof)
      if (toolbox === this.#entry) ({ refused, timeline } = result)
    }
    return { proof: combineProofs(quiet, refused, flows, await this.#brokenLaws()), timeline }
  }

  async #brokenLaws(): Promise<BrokenLaw[]> {
    const system: System = systems[this.#system]
    const heard: Record<string, Testimony> = {}
    for (const { database, place, as } of findWitnesses(system, this.#flows))
      heard[database] = await place.run<Testimony>('hear', { database, as }, { budgetMs: lawsBudgetMs })
    return judge(system, heard)
  }

  async #proveFlow(toolbox: FlowToolbox, request: ProveRequest, ledger?: string): Promise<FlowResult> {
    const isEntry = toolbox === this.#entry
    const { contentPrefix, timelineSince, ledgerFile } = request
    const files = await this.#readFiles(toolbox)
    const text = isEntry ? ledger : undefined
    const input = text !== undefined || files.length > 0 ? formatInput(text ?? '', files) : undefined
    const outbox = outboxOf(systems[this.#system], toolbox.flow.topic)
    const relay = relayOf(systems[this.#system], outbox)
    const spec = {
      contentPrefix,
      auditUrl: auditUrl(relay, outbox, await this.#urlOf(relay.name)),
      input: input !== undefined,
      // The ledger is in the pod that the load came from.
      ledgerFile: isEntry ? ledgerFile : '/dev/null',
      ...(isEntry && timelineSince !== undefined && { timelineSince }),
    }
    return toolbox.run('prove', spec, { budgetMs: request.quietMs + 120_000, input })
  }

  /** The effects that are in files: they are read from outside of the pod. */
  async #readFiles({ flow }: FlowToolbox): Promise<string[][]> {
    const { list } = flow.effects
    return typeof list === 'string' ? [] : readEventFiles(this.#kube, this.#release, flow.consumer, list)
  }

  async #urlOf(component: string): Promise<string> {
    const { containers } = await podSpecOf(this.#kube, this.#release, component)
    const ports = containers[0]?.ports ?? []
    // Who asks for certificates has a port for probes beside.
    const scheme = ports.some(({ name }) => name === 'probe') ? 'https' : 'http'
    return `${scheme}://${workloadOf(this.#release, component).name}:${ports[0]?.containerPort}`
  }

  async close(): Promise<void> {
    await Promise.all(this.#flows.splice(0).map((toolbox) => toolbox.close()))
  }
}

/** Where the load of a run keeps its ledger in the pod. */
export function ledgerOf(contentPrefix: string): string {
  return `/tmp/${contentPrefix}ledger.ndjson`
}
