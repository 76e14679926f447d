import type { V1ConfigMap, V1Pod, V1PodSpec } from '@kubernetes/client-node'
import { keyOf, toolboxDirectory } from './toolboxFiles.ts'

const volume = 'toolbox'
/** The pod ends by itself, should nobody be left to delete it. */
const mostSeconds = 4 * 3_600

export interface ToolboxNames {
  name: string
  namespace: string
  instance: string
}

export function toolboxConfigMap(
  { name, namespace }: ToolboxNames,
  files: Readonly<Record<string, string>>,
): V1ConfigMap {
  const data = Object.entries(files).map(([path, text]) => [keyOf(path), text])
  return { metadata: { name, namespace }, data: Object.fromEntries(data) }
}

/**
 * A pod that is what a pod of the service is (image, account, secrets, security), with the toolbox in it instead of the
 * service. Its labels are of its own, so that no Service sends it requests.
 */
export function toolboxPod(
  { name, namespace, instance }: ToolboxNames,
  service: V1PodSpec,
  files: Readonly<Record<string, string>>,
): V1Pod {
  const [container] = service.containers
  if (!container) throw new Error('The deployment has no container.')
  const { image, imagePullPolicy, env, envFrom, securityContext, volumeMounts = [] } = container
  const items = Object.keys(files).map((path) => ({ key: keyOf(path), path }))
  return {
    metadata: {
      name,
      namespace,
      labels: {
        'app.kubernetes.io/name': 'relevo-toolbox',
        'app.kubernetes.io/instance': `${instance}-toolbox`,
      },
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      activeDeadlineSeconds: mostSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(service.serviceAccountName && { serviceAccountName: service.serviceAccountName }),
      ...(service.imagePullSecrets && { imagePullSecrets: service.imagePullSecrets }),
      ...(service.securityContext && { securityContext: service.securityContext }),
      containers: [
        {
          name: 'toolbox',
          command: ['sleep', String(mostSeconds)],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '768Mi' } },
          ...(image && { image }),
          ...(imagePullPolicy && { imagePullPolicy }),
          ...(env && { env }),
          ...(envFrom && { envFrom }),
          ...(securityContext && { securityContext }),
          volumeMounts: [...volumeMounts, { name: volume, mountPath: toolboxDirectory, readOnly: true }],
        },
      ],
      volumes: [...(service.volumes ?? []), { name: volume, configMap: { name, items } }],
    },
  }
}
