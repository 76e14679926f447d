import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../scripts/commandLine.ts'
import { countChecked, type Finding, findProblems } from './health.ts'
import { chartDirectory } from './helm.ts'
import { operators } from './operators.ts'
import { type Place, readRelease } from './readRelease.ts'
import { capture, run, succeeds } from './shell.ts'
import { requireCluster, requireTools } from './tools.ts'

export interface InstallOptions extends Place {
  /** The image of the services as repository:tag; not given: what the values say. */
  image?: string | undefined
  /** Files of values, the last one wins. */
  values?: readonly string[]
  /** Single values, as helm's --set takes them. */
  set?: readonly string[]
  /** How long to wait until all is ready, as helm writes it. */
  timeout: string
}

const progressEveryMs = 15_000

/** Installs the chart, or upgrades it, and waits until everything is ready, telling what it waits for. */
export async function install(options: InstallOptions): Promise<void> {
  const image = imageValues(options.image)
  await requireTools('kubectl', 'helm')
  await requireCluster()
  await requireOperators()
  const { release, namespace } = options
  await makeNamespace(namespace)
  const args = [
    'upgrade',
    '--install',
    release,
    chartDirectory,
    `--namespace=${namespace}`,
    ...(options.values ?? []).map((file) => `--values=${file}`),
    ...image,
    ...(options.set ?? []).map((value) => `--set=${value}`),
    ...conflictFlags(await capture('helm', ['version', '--short'])),
    '--wait',
    `--timeout=${options.timeout}`,
  ]
  await withProgress(options, () => run('helm', args))
}

/**
 * Helm 4 refuses a field that somebody else has set since, for example a count of pods by `kubectl scale` when the values
 * give another one; the values win, as they do with Helm 3, which has no such flag.
 */
export function conflictFlags(helmVersion: string): string[] {
  return /^v?3\./.test(helmVersion) ? [] : ['--force-conflicts']
}

async function withProgress(place: Place, work: () => Promise<void>): Promise<void> {
  const done = new AbortController()
  const reports = reportProgress(place, done.signal)
  try {
    await work()
  } finally {
    done.abort()
    await reports
  }
}

/** Prints what is still missing, every 15 s. */
async function reportProgress(place: Place, signal: AbortSignal): Promise<void> {
  const beganAt = performance.now()
  while (await sleep(progressEveryMs, signal)) {
    const resources = await readRelease(place).catch(() => [])
    if (signal.aborted) return
    const seconds = Math.round((performance.now() - beganAt) / 1_000)
    console.log(`${seconds} s: ${describeProgress(countChecked(resources), findProblems(resources))}`)
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false)
}

const mostShown = 3

/** How much is there, and the first things that are not. */
export function describeProgress(checked: number, findings: readonly Finding[]): string {
  const shown = findings.slice(0, mostShown).map(({ resource, problem }) => `${resource} ${problem}`)
  const others = findings.length - shown.length
  const more = others > 0 ? [`${others} more`] : []
  const waiting = findings.length > 0 ? `; waiting for ${[...shown, ...more].join('; ')}` : ''
  return `${checked - findings.length} of ${checked} resources are ready${waiting}`
}

async function requireOperators(): Promise<void> {
  for (const { name, crd } of operators) {
    if (!(await succeeds('kubectl', ['get', 'crd', crd])))
      throw new CommandError(
        'cannotRun',
        `${name} is not in this cluster (no ${crd}). First: npm run k8s:operators`,
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
  if (repository === undefined)
    throw new CommandError('usage', `--image has to be repository:tag, not "${image}"`)
  return [`--set-string=image.repository=${repository}`, `--set-string=image.tag=${tag}`]
}
