import type { Kube } from '../k8s/cluster/kube.ts'
import type { Release } from '../k8s/cluster/release.ts'
import type { Toolbox } from '../proof/inCluster/toolbox.ts'
import type { SystemName } from '../systems/index.ts'
import type { FaultTimes, RecoveryStart } from './measureRecovery.ts'

/** What a drill works with. */
export interface DrillContext {
  kube: Kube
  release: Release
  /** For the drill's system. */
  toolbox: Toolbox
  /** Says what happens. */
  print(line: string): void
  /** Notes how to put back what a drill changes, for the case that the whole run is interrupted; undefined: nothing is. */
  onInterrupt(putBack: (() => Promise<void>) | undefined): void
}

/** Longest recovery allowed, in milliseconds. */
export interface Budget {
  firstDeliveryMs: number
  firstEffectMs: number
  caughtUpMs: number
}

/** One fault, and what is claimed about it. */
export interface Drill {
  name: string
  title: string
  /** What is believed to happen. */
  hypothesis: string
  /** What is done. */
  fault: string
  budget: Budget | ((release: Release) => Budget)
  /** Whose load runs, and whose ledger is proved; default: messages. */
  system?: SystemName
  /** What has to hold at the end, beyond what every drill asks. */
  invariants?: readonly Invariant[]
  recoveryFrom?: RecoveryStart
  /** Whose events measure recovery; default: all. If the API is broken, events from elsewhere keep flowing. */
  recoveryOf?: 'posts'
  /** The component that it scales; how many pods it had is put back. */
  scales?: string
  load?: { postsPerSecond: number; keyedPerSecond: number }
  /** @returns why the drill cannot run here, or undefined. */
  missing(context: Pick<DrillContext, 'kube' | 'release'>): Promise<string | undefined> | string | undefined
  /** Makes what it needs, before the load. */
  prepare?(context: DrillContext): Promise<void>
  /** Does it, under load. */
  inject(context: DrillContext): Promise<FaultTimes>
  /** Puts back what the drill changed besides numbers of pods; also after a drill that broke off. */
  restore?(context: DrillContext): Promise<void>
  /** What else it claims and does not hold, each as a sentence; asked once it is quiet. */
  findProblems?(context: DrillContext, run: DrillRun): Promise<readonly string[]>
  /** Takes away what `prepare` made; also after a drill that broke off. */
  cleanUp?(context: DrillContext): Promise<void>
}

/** What has been done when a drill is asked for its problems; in milliseconds since 1970. */
export interface DrillRun {
  readonly loadBeganAt: number
  readonly loadEndedAt: number
  readonly fault: FaultTimes
}

/** What only some drills claim. */
export type Invariant = 'everyRequestAnswered'

export function systemOf({ system = 'messages' }: Drill): SystemName {
  return system
}

/** A fault that is over as soon as it has begun. */
export function instant(at: number): FaultTimes {
  return { beganAt: at, endedAt: at }
}
