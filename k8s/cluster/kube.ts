import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node'

/** The API server of the current kubeconfig. */
export interface Kube {
  config: KubeConfig
  core: CoreV1Api
  apps: AppsV1Api
  custom: CustomObjectsApi
}

/** Uses KUBECONFIG, ~/.kube/config, or the pod's own account, as kubectl does. */
export function connectKube(): Kube {
  const config = new KubeConfig()
  config.loadFromDefault()
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
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
