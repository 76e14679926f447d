import { setTimeout as delay } from 'node:timers/promises'
import type { Release } from '../k8s/cluster/release.ts'
import { replicasOf, scale } from '../k8s/cluster/scale.ts'
import type { Moment } from '../proof/inCluster/program/readTimeline.ts'
import { ledgerOf, type Toolbox } from '../proof/inCluster/toolbox.ts'
import { type Proof, totalOf } from '../proof/proof.ts'
import { type SystemName, systems } from '../systems/index.ts'
import { partsOf } from '../systems/parts.ts'
import { type Drill, type DrillContext, systemOf } from './drill.ts'
import { type DrillResult, findProblems, type Measured } from './drillResult.ts'
import { replaceRestarted } from './freshPods.ts'
import { measureRecovery } from './measureRecovery.ts'
import { steadyStateProblem } from './steadyState.ts'

const warmUpMs = 10_000
const holdMs = 15_000
const quietMs = 240_000
const mostLoadSeconds = 1_800
/** Little, so that two cores with three brokers and three Postgres instances show how the system recovers, not how busy they are. */
const usualLoad = { postsPerSecond: 10, keyedPerSecond: 6 }

/** Runs a drill: steady state, load, fault, recovery, quiet, proof; in any case, what was changed is put back. */
export async function runDrill(
  drill: Drill,
  surroundings: Omit<DrillContext, 'toolbox'>,
  openToolbox: (system: SystemName) => Promise<Toolbox>,
): Promise<DrillResult> {
  const { name, title } = drill
  const system = systemOf(drill)
  const reason = missingComponent(surroundings.release, system) ?? (await drill.missing(surroundings))
  if (reason !== undefined) return { name, title, verdict: 'notRun', reason }
  try {
    const context = { ...surroundings, toolbox: await openToolbox(system) }
    await replaceRestarted(context)
    context.print('steady state: every service, broker and Postgres instance ready, and the ledger in order')
    const problem = await steadyStateProblem(context, system)
    if (problem !== undefined) return { name, title, verdict: 'broke', reason: `No steady state: ${problem}` }
    const measured = await measure(drill, context)
    const problems = findProblems(measured, drill.invariants)
    return { name, title, verdict: problems.length === 0 ? 'passed' : 'failed', measured, problems }
  } catch (error) {
    return { name, title, verdict: 'broke', reason: (error as Error).message }
  }
}

function missingComponent({ workloads }: Release, system: SystemName): string | undefined {
  const missing = partsOf(systems[system])
    .map(({ name }) => name)
    .find((name) => !workloads[name])
  return missing && `the release has no ${missing}`
}

async function measure(drill: Drill, context: DrillContext): Promise<Measured> {
  const beganAt = Date.now()
  const contentPrefix = `${drill.name}-${beganAt.toString(36)}-`
  const before = await prove(context, contentPrefix)
  if (!before.proof.ok)
    throw new Error('The ledger is not in order before the fault: see npm run load:verify.')
  const cleanUp = async () => drill.cleanUp?.(context)
  context.onInterrupt(cleanUp)
  try {
    await drill.prepare?.(context)
    return await measureLoad(drill, context, { contentPrefix, beganAt, before: before.proof, cleanUp })
  } finally {
    await cleanUp()
    context.onInterrupt(undefined)
  }
}

interface Begun {
  readonly contentPrefix: string
  readonly beganAt: number
  readonly before: Proof
  readonly cleanUp: () => Promise<void>
}

async function measureLoad(
  drill: Drill,
  context: DrillContext,
  { contentPrefix, beganAt, before, cleanUp }: Begun,
): Promise<Measured> {
  const { toolbox, print, release } = context
  const replicas = drill.scales ? await replicasOf(context.kube, release, drill.scales) : 0
  await toolbox.startLoad({ contentPrefix, maxSeconds: mostLoadSeconds, ...usualLoad, ...drill.load })
  try {
    await delay(warmUpMs)
    print(`fault: ${drill.fault}`)
    const putBack = () => restore(drill, context, replicas)
    context.onInterrupt(() => putBack().finally(cleanUp))
    const times = await drill.inject(context).finally(putBack)
    context.onInterrupt(cleanUp)
    print('the fault is over; the load goes on for a while')
    await delay(holdMs)
    const load = await toolbox.stopLoad(contentPrefix)
    print('waiting for quiet, then reading outbox, Kafka and effects')
    const { proof, timeline } = await prove(context, contentPrefix, load.beganAt)
    const relevant = timeline.filter(([, , posted]) => posted || drill.recoveryOf !== 'posts')
    const budget = typeof drill.budget === 'function' ? drill.budget(release) : drill.budget
    const run = { loadBeganAt: load.beganAt, loadEndedAt: load.endedAt, fault: times }
    const problems = (await drill.findProblems?.(context, run)) ?? []
    const requests = load.posts.ack + load.posts.unknown + load.posts.refused + load.posts.dropped
    return {
      beganAt: new Date(beganAt).toISOString(),
      seconds: (Date.now() - beganAt) / 1_000,
      requests,
      answered: requests === 0 ? 0 : load.posts.ack / requests,
      lost: totalOf(proof, ({ report }) => report.lost.count),
      duplicatesDelivered: duplicatesOf(proof) - duplicatesOf(before),
      duplicateEffects: totalOf(proof, ({ report }) => report.duplicateEffects.count),
      reorderings: totalOf(proof, ({ report }) => report.reorderings.count),
      recovery: measureRecovery(
        { timeline: relevant, deliveredAt: load.deliveredAt },
        times,
        drill.recoveryFrom,
      ),
      budget,
      load,
      proof,
      problems,
    }
  } finally {
    // After the load was stopped, this changes nothing.
    await toolbox.stopLoad(contentPrefix).catch(() => {})
  }
}

function duplicatesOf(proof: Proof): number {
  return totalOf(proof, ({ report }) => report.duplicatesDelivered)
}

async function restore(drill: Drill, context: DrillContext, replicas: number): Promise<void> {
  await drill.restore?.(context)
  if (drill.scales) await scale(context.kube, context.release, drill.scales, replicas)
  const problem = await steadyStateProblem(context, systemOf(drill))
  if (problem !== undefined) throw new Error(`It does not come back: ${problem}.`)
}

function prove(
  { toolbox }: DrillContext,
  contentPrefix: string,
  timelineSince?: number,
): Promise<{ proof: Proof; timeline: Moment[] }> {
  const since = timelineSince === undefined ? {} : { timelineSince }
  // Before the load there is no ledger; what is in the cluster has to be in order all the same.
  const ledgerFile = timelineSince === undefined ? '/dev/null' : ledgerOf(contentPrefix)
  return toolbox.prove({ ledgerFile, contentPrefix, quietMs, ...since })
}
