import { setTimeout as delay } from 'node:timers/promises'
import type { Release } from '../../k8s/cluster/release.ts'
import { setVariables } from '../../k8s/cluster/variables.ts'
import type { EdgeSummary } from '../../proof/inCluster/program/edgeSummary.ts'
import type { Drill, DrillContext } from '../drill.ts'
import type { FaultTimes, RecoveryStart } from '../measureRecovery.ts'
import { describeEdge, judgeEdge, type MayFail } from './judgeEdge.ts'

const customers = 5
const perSecond = 20
const refreshEveryMs = 5_000
const mostSeconds = 900
const beforeMs = 5_000
const afterMs = 10_000
const paths = ['/api/users/users/me', '/api/inventory/products?limit=1', '/api/orders/orders?limit=1']

/** A drill of users and gateway. */
export interface EdgeDrill extends Pick<Drill, 'name' | 'title' | 'hypothesis' | 'fault' | 'budget'> {
  readonly recoveryFrom?: RecoveryStart
  readonly missing?: Drill['missing']
  /** Variables that the users service has meanwhile. */
  readonly variables?: Readonly<Record<string, string>>
  readonly mayFail: MayFail
  inject(context: DrillContext): Promise<FaultTimes>
  /** What else it claims and does not hold, by what came through the gateway. */
  judge?(summary: EdgeSummary): readonly string[]
  cleanUp?(context: DrillContext): Promise<void>
}

/**
 * Customers read through the gateway all the while, and get new tokens every few seconds; a few register. What failed at the
 * gateway is told beside the ledger of the users' mails.
 */
export function onEdge(edge: EdgeDrill): Drill {
  let summary: EdgeSummary | undefined
  const variables = { ATTEMPTS_PER_ADDRESS: '1000000', ...edge.variables }
  return {
    ...edge,
    system: 'users',
    load: { postsPerSecond: 0.5, keyedPerSecond: 4 },
    missing: async (context) => needsEdge(context.release) ?? (await edge.missing?.(context)),
    prepare: ({ kube, release }) => setVariables(kube, release, 'users', variables),
    inject: async (context) => {
      const { toolbox } = context
      const id = `edge-${Date.now().toString(36)}-`
      const load = { customers: await toolbox.makeCustomers(customers), paths, perSecond, refreshEveryMs }
      await toolbox.startEdge(id, { ...load, maxSeconds: mostSeconds })
      try {
        await delay(beforeMs)
        const times = await edge.inject(context)
        await delay(afterMs)
        summary = await toolbox.stopEdge(id)
        context.print(describeEdge(summary, times))
        return times
      } finally {
        // After it was stopped, this changes nothing.
        await toolbox.stopEdge(id).catch(() => undefined)
      }
    },
    findProblems: async (_context, { fault }) => {
      if (summary === undefined) return ['nothing was asked through the gateway']
      return [...judgeEdge(summary, edge.mayFail, fault), ...(edge.judge?.(summary) ?? [])]
    },
    cleanUp: async (context) => {
      await edge.cleanUp?.(context)
      const none = Object.fromEntries(Object.keys(variables).map((name) => [name, undefined]))
      await setVariables(context.kube, context.release, 'users', none)
    },
  }
}

/** Why a drill of users and gateway cannot run, or undefined. */
export function needsEdge({ workloads }: Pick<Release, 'workloads'>): string | undefined {
  const missing = ['gateway', 'users', 'orders', 'inventory'].filter((name) => !workloads[name])
  return missing.length === 0
    ? undefined
    : `the release has no ${missing.join(' and no ')} (install the systems shop and users)`
}
