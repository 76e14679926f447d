import { stringify } from 'yaml'
import type { Place } from '../readRelease.ts'

export const prometheusName = 'prometheus'
export const prometheusPort = 9090

interface Prometheus extends Place {
  /** With `prometheus` and `node` on its PATH. */
  readonly image: string
  readonly rules: object
  /** The text of writeTargets.ts. */
  readonly program: string
  /** Time between two scrapes, and between two looks at the rules. */
  readonly everySeconds: number
  /** Changes with the files' content, so that Prometheus restarts with them. */
  readonly checksum: string
}

const labels = { 'app.kubernetes.io/name': prometheusName }
const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
const metadata = { name: prometheusName, labels }

/** A Prometheus in the namespace of a release, whose data go with its pod. */
export function prometheusResources(options: Prometheus): object[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: prometheusName },
      subjects: [{ kind: 'ServiceAccount', name: prometheusName, namespace: options.namespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: {
        'prometheus.yml': stringify(configOf(options)),
        'rules.yml': stringify(options.rules),
        'writeTargets.ts': options.program,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'http', port: prometheusPort, targetPort: 'http' }] },
    },
    deployment(options),
  ]
}

function configOf({ everySeconds }: Prometheus): object {
  const every = `${everySeconds}s`
  return {
    global: { scrape_interval: every, evaluation_interval: every },
    rule_files: ['/etc/prometheus/rules.yml'],
    scrape_configs: [
      {
        job_name: 'pods',
        file_sd_configs: [{ files: ['/targets/targets.json'], refresh_interval: every }],
      },
    ],
  }
}

function deployment(options: Prometheus): object {
  const { image, checksum } = options
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'checksum/config': checksum } },
        spec: {
          serviceAccountName: prometheusName,
          terminationGracePeriodSeconds: 10,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_534,
            runAsGroup: 65_534,
            fsGroup: 65_534,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container(image), targetsWriter(options)],
          volumes: [
            { name: 'config', configMap: { name: prometheusName } },
            { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
            { name: 'targets', emptyDir: { sizeLimit: '8Mi' } },
          ],
        },
      },
    },
  }
}

function container(image: string): object {
  return {
    name: prometheusName,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['prometheus'],
    args: [
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/data',
      '--storage.tsdb.retention.time=1d',
      `--web.listen-address=:${prometheusPort}`,
    ],
    ports: [{ name: 'http', containerPort: prometheusPort }],
    readinessProbe: { httpGet: { path: '/-/ready', port: 'http' }, periodSeconds: 2 },
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: restricted,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/prometheus', readOnly: true },
      { name: 'data', mountPath: '/data' },
      { name: 'targets', mountPath: '/targets', readOnly: true },
    ],
  }
}

function targetsWriter({ image, namespace, release }: Prometheus): object {
  return {
    name: 'targets',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '/etc/prometheus/writeTargets.ts', '/targets/targets.json'],
    env: [
      { name: 'NAMESPACE', value: namespace },
      { name: 'RELEASE', value: release },
      { name: 'NODE_EXTRA_CA_CERTS', value: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' },
    ],
    resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '128Mi' } },
    securityContext: restricted,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/prometheus', readOnly: true },
      { name: 'targets', mountPath: '/targets' },
    ],
  }
}
