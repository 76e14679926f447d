import { setTimeout as delay } from 'node:timers/promises'
import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  VersionApi,
} from '@kubernetes/client-node'
import { CommandError } from '../../scripts/commandLine.ts'

/** The API server of the current kubeconfig. */
export interface Kube {
  config: KubeConfig
  core: CoreV1Api
  apps: AppsV1Api
  custom: CustomObjectsApi
}

const reachBudgetMs = 10_000

/**
 * Uses KUBECONFIG, ~/.kube/config, or the pod's own account, as kubectl does.
 * @throws CommandError when no API server answers there within 10 s.
 */
export async function connectKube(): Promise<Kube> {
  try {
    const config = new KubeConfig()
    config.loadFromDefault()
    await withinBudget(config.makeApiClient(VersionApi).getCode())
    return {
      config,
      core: config.makeApiClient(CoreV1Api),
      apps: config.makeApiClient(AppsV1Api),
      custom: config.makeApiClient(CustomObjectsApi),
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new CommandError(
      'cannotRun',
      `No Kubernetes cluster answers (${why}). Point KUBECONFIG at one, or make one here: npm run kind:up`,
      { cause },
    )
  }
}

async function withinBudget(answer: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const timeout = delay(reachBudgetMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${reachBudgetMs / 1_000} s`)
  })
  try {
    await Promise.race([answer, timeout])
  } finally {
    timer.abort()
    timeout.catch(() => {})
  }
}

/** Makes a patch an RFC 7386 merge. */
export const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)

/** The HTTP status of an error of the client, or undefined. */
export function statusOf(error: unknown): number | undefined {
  return (error as { code?: number }).code
}

/** Lets a deletion of something that is gone pass. @throws every other error. */
export function ignoreMissing(error: unknown): void {
  if (statusOf(error) !== 404) throw error
}
