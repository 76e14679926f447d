import { setTimeout as delay } from 'node:timers/promises'
import { run, succeeds } from './shell.ts'
import { requireCluster, requireTools } from './tools.ts'

interface Operator {
  name: string
  /** One of the definitions that it brings. */
  crd: string
  release: string
  namespace: string
  install: readonly string[]
}

/** The operators and their pinned versions. */
export const operators: readonly Operator[] = [
  {
    name: 'Strimzi 1.2.0',
    crd: 'kafkas.kafka.strimzi.io',
    release: 'strimzi',
    namespace: 'strimzi',
    install: [
      'oci://quay.io/strimzi-helm/strimzi-kafka-operator',
      '--version=1.2.0',
      '--set=watchAnyNamespace=true',
    ],
  },
  {
    name: 'CloudNativePG 1.30.0',
    crd: 'databaseroles.postgresql.cnpg.io',
    release: 'cnpg',
    namespace: 'cnpg-system',
    install: ['cloudnative-pg', '--repo=https://cloudnative-pg.github.io/charts', '--version=0.29.0'],
  },
]

/** Installs the operators by their own charts; one that is there and was installed otherwise is left alone. */
export async function installOperators(): Promise<void> {
  await requireTools('kubectl', 'helm')
  await requireCluster()
  for (const operator of operators) await installOperator(operator)
  await waitForWebhook()
  console.log('The operators answer.')
}

async function installOperator({ name, crd, release, namespace, install }: Operator): Promise<void> {
  const isThere = await succeeds('kubectl', ['get', 'crd', crd])
  if (isThere && !(await succeeds('helm', ['status', release, `--namespace=${namespace}`]))) {
    console.log(`${name}: ${crd} is there and was not installed by this script; left as it is.`)
    return
  }
  await run('helm', [
    'upgrade',
    '--install',
    release,
    ...install,
    `--namespace=${namespace}`,
    '--create-namespace',
    '--wait',
    '--timeout=5m',
  ])
}

/** A Cluster that is not made: asking for it shows whether CloudNativePG's webhook answers. */
const probe = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: webhook-probe, namespace: default }
spec: { instances: 1, storage: { size: 1Gi } }`

const webhookTimeoutMs = 60_000

/** The operator is available some seconds before its webhook is, and until then refuses every Cluster. */
async function waitForWebhook(): Promise<void> {
  const deadline = performance.now() + webhookTimeoutMs
  while (!(await succeeds('kubectl', ['create', '--dry-run=server', '--filename=-'], { input: probe }))) {
    if (performance.now() > deadline)
      throw new Error(
        `CloudNativePG's webhook has not answered for ${webhookTimeoutMs / 1000} s. See: kubectl -n cnpg-system logs deploy -l app.kubernetes.io/name=cloudnative-pg`,
      )
    await delay(1_000)
  }
}
