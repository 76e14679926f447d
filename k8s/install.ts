import { chartDirectory } from './helm.ts'
import { operators } from './operators.ts'
import { run, succeeds } from './shell.ts'
import { requireTools } from './tools.ts'

export interface InstallOptions {
  release: string
  namespace: string
  /** The image of the services as repository:tag; not given: what the values say. */
  image?: string | undefined
  /** Files of values, the last one wins. */
  values?: readonly string[]
  /** Single values, as helm's --set takes them. */
  set?: readonly string[]
  /** How long to wait until all is ready, as helm writes it. */
  timeout: string
}

/** Installs the chart, or upgrades it, and waits until everything is ready. */
export async function install(options: InstallOptions): Promise<void> {
  await requireTools('kubectl', 'helm')
  await requireOperators()
  const { release, namespace } = options
  await makeNamespace(namespace)
  await run('helm', [
    'upgrade',
    '--install',
    release,
    chartDirectory,
    `--namespace=${namespace}`,
    ...(options.values ?? []).map((file) => `--values=${file}`),
    ...imageValues(options.image),
    ...(options.set ?? []).map((value) => `--set=${value}`),
    '--wait',
    `--timeout=${options.timeout}`,
  ])
}

async function requireOperators(): Promise<void> {
  for (const { name, crd } of operators) {
    if (!(await succeeds('kubectl', ['get', 'crd', crd])))
      throw new Error(
        `${name} is not in this cluster (no ${crd}), or the cluster does not answer. First: npm run k8s:operators`,
      )
  }
}

/** A namespace in which Kubernetes itself refuses pods that are not restricted. */
async function makeNamespace(namespace: string): Promise<void> {
  if (await succeeds('kubectl', ['get', 'namespace', namespace])) return
  await run('kubectl', ['create', 'namespace', namespace])
  await run('kubectl', ['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted'])
}

/** A reference like host:5000/relevo:tag as values of the chart. */
export function imageValues(image: string | undefined): string[] {
  if (image === undefined) return []
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(image) ?? []
  if (repository === undefined) throw new Error(`--image has to be repository:tag, not "${image}"`)
  return [`--set-string=image.repository=${repository}`, `--set-string=image.tag=${tag}`]
}
