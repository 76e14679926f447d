import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execInPod } from '../../k8s/cluster/execInPod.ts'
import { ignoreMissing, type Kube } from '../../k8s/cluster/kube.ts'
import type { Release } from '../../k8s/cluster/release.ts'
import { podSpecOf } from '../../k8s/cluster/scale.ts'
import { readVariables, setVariables } from '../../k8s/cluster/variables.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import type { Drill, DrillContext } from '../drill.ts'
import { mailComponent, mailServerNames, mailServerResources, port } from './mailServerResources.ts'
import type { SinkMode, TakenMail } from './mailSink.ts'

const readyBudgetMs = 120_000
const execBudgetMs = 30_000
const files = ['main.ts', 'mailSink.ts']
const policies = { group: 'networking.k8s.io', version: 'v1', plural: 'networkpolicies' }

/** The parts of a drill that has the notifications send by a mail server of its own. */
export const byOwnMailServer = {
  missing: needsNoMailServer,
  prepare: startMailServer,
  restore: (context) => setMailServer(context, 'up').then(() => undefined),
  cleanUp: removeMailServer,
} satisfies Partial<Drill>

type Surroundings = Pick<DrillContext, 'kube' | 'release'>

/** Why no mail server of a drill's own can be put in the place of the release's, or undefined. */
async function needsNoMailServer({ kube, release }: Surroundings): Promise<string | undefined> {
  if (!release.workloads[mailComponent]) return `the release has no ${mailComponent}`
  const own = await readVariables(kube, release, mailComponent)
  const { data = {} } = await kube.core.readNamespacedConfigMap({
    name: release.workloads[mailComponent].name,
    namespace: release.namespace,
  })
  const given = data.SMTP_URL !== undefined || own.some(({ name }) => name === 'SMTP_URL')
  return given ? 'the release sends its e-mails by a mail server already (SMTP_URL)' : undefined
}

/** Runs a mail server in the cluster, and has the notifications send by it. */
async function startMailServer({ kube, release, print }: DrillContext): Promise<void> {
  const { name } = mailServerNames(release)
  const texts = files.map((file) => [file, readFileSync(join(import.meta.dirname, file), 'utf8')] as const)
  const like = await podSpecOf(kube, release, mailComponent)
  const { configMap, pod, service, policy } = mailServerResources(release, like, Object.fromEntries(texts))
  const { namespace } = release
  print(`a mail server for the notifications: ${name}`)
  await kube.core.createNamespacedConfigMap({ namespace, body: configMap })
  await kube.core.createNamespacedPod({ namespace, body: pod })
  await kube.core.createNamespacedService({ namespace, body: service })
  await kube.custom.createNamespacedCustomObject({ ...policies, namespace, body: policy })
  await waitFor('the mail server to run', readyBudgetMs, async () => {
    const { status } = await kube.core.readNamespacedPod({ name, namespace })
    return status?.phase === 'Running'
  })
  await setVariables(kube, release, mailComponent, {
    SMTP_URL: `smtp://${name}:${port}`,
    SMTP_FROM: 'drill@relevo.test',
  })
}

/** Has the notifications send as before, and takes the mail server away. */
async function removeMailServer({ kube, release }: DrillContext): Promise<void> {
  await setVariables(kube, release, mailComponent, { SMTP_URL: undefined, SMTP_FROM: undefined })
  const [{ name }, { namespace }] = [mailServerNames(release), release]
  await kube.custom.deleteNamespacedCustomObject({ ...policies, name, namespace }).catch(ignoreMissing)
  await kube.core.deleteNamespacedService({ name, namespace }).catch(ignoreMissing)
  await kube.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 1 }).catch(ignoreMissing)
  await kube.core.deleteNamespacedConfigMap({ name, namespace }).catch(ignoreMissing)
}

/** Makes the mail server hold its answers back, go down, or come back. @returns when it was told. */
export async function setMailServer(surroundings: Surroundings, mode: SinkMode): Promise<number> {
  await inMailServer(surroundings, `echo ${mode} > /tmp/mode`)
  return Date.now()
}

/** Every mail that the mail server has taken. */
export async function readMails(surroundings: Surroundings): Promise<TakenMail[]> {
  const text = await inMailServer(surroundings, 'cat /tmp/mails.ndjson 2> /dev/null || true')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TakenMail)
}

function inMailServer({ kube, release }: { kube: Kube; release: Release }, script: string): Promise<string> {
  const { name } = mailServerNames(release)
  const pod = { namespace: release.namespace, pod: name, container: 'mail', budgetMs: execBudgetMs }
  return execInPod(kube, { ...pod, command: ['sh', '-c', script] })
}
