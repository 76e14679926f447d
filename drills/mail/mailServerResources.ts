import type { V1ConfigMap, V1NetworkPolicy, V1Pod, V1PodSpec, V1Service } from '@kubernetes/client-node'
import type { Release } from '../../k8s/cluster/release.ts'

/** Who sends the e-mails of the shop. */
export const mailComponent = 'shop-notifications'
export const port = 2525
/** Where the program is; inside the folder of the services' image, so that its TypeScript is a module. */
const directory = '/app/drill-mail'
/** The pod ends by itself, should nobody be left to delete it. */
const mostSeconds = 4 * 3_600

export function mailServerNames({ name }: Pick<Release, 'name'>) {
  return { name: `${name}-drill-mail`, labels: { 'app.kubernetes.io/name': `${name}-drill-mail` } }
}

/**
 * A pod with the image and the security of the pod that it is like, and nothing of its rights; a Service of the same name; and
 * leave for the notifications to reach it.
 */
export function mailServerResources(
  release: Pick<Release, 'name' | 'namespace'>,
  like: V1PodSpec,
  files: Readonly<Record<string, string>>,
): { configMap: V1ConfigMap; pod: V1Pod; service: V1Service; policy: V1NetworkPolicy } {
  const { name, labels } = mailServerNames(release)
  const metadata = { name, namespace: release.namespace, labels }
  const ports = [{ port, protocol: 'TCP' }]
  return {
    configMap: { metadata, data: { ...files, 'package.json': '{"type":"module"}' } },
    pod: { metadata, spec: podSpec(name, like) },
    service: { metadata, spec: { selector: labels, ports } },
    policy: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: {
        podSelector: {
          matchLabels: {
            'app.kubernetes.io/instance': release.name,
            'app.kubernetes.io/component': mailComponent,
          },
        },
        policyTypes: ['Egress'],
        egress: [{ ports, to: [{ podSelector: { matchLabels: labels } }] }],
      },
    },
  }
}

function podSpec(name: string, { containers, imagePullSecrets, securityContext }: V1PodSpec): V1PodSpec {
  const [like] = containers
  if (!like) throw new Error('A workload of the release has no container.')
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 1,
    activeDeadlineSeconds: mostSeconds,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(imagePullSecrets && { imagePullSecrets }),
    ...(securityContext && { securityContext }),
    containers: [
      {
        name: 'mail',
        command: ['node', `${directory}/main.ts`, String(port), '/tmp'],
        resources: { requests: { memory: '64Mi' }, limits: { memory: '256Mi' } },
        ...(like.image && { image: like.image }),
        ...(like.imagePullPolicy && { imagePullPolicy: like.imagePullPolicy }),
        ...(like.securityContext && { securityContext: like.securityContext }),
        volumeMounts: [
          { name: 'program', mountPath: directory, readOnly: true },
          { name: 'notes', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'program', configMap: { name } },
      { name: 'notes', emptyDir: {} },
    ],
  }
}
