import { CommandError } from '../scripts/commandLine.ts'
import { capture, ShellError, succeeds } from './shell.ts'

const tools = {
  kubectl: {
    version: '1.30 or later',
    probe: ['version', '--client'],
    from: 'https://kubernetes.io/docs/tasks/tools',
  },
  helm: { version: '3.17 or later', probe: ['version'], from: 'https://helm.sh/docs/intro/install' },
  kind: { version: '0.32 or later', probe: ['version'], from: 'https://kind.sigs.k8s.io' },
  docker: {
    version: '24 or later, with its daemon running',
    probe: ['info'],
    from: 'https://docs.docker.com/get-docker',
  },
} as const

export type Tool = keyof typeof tools

/** @throws CommandError `cannotRun` that names each tool that is missing, with its version and where to get it. */
export async function requireTools(...names: Tool[]): Promise<void> {
  const found = await Promise.all(names.map((name) => succeeds(name, tools[name].probe)))
  const missing = names.filter((_, index) => !found[index])
  if (missing.length === 0) return
  const lines = missing.map((name) => `- ${name} ${tools[name].version} (${tools[name].from})`)
  throw new CommandError(
    'cannotRun',
    `This needs tools that are not here, or do not work:\n${lines.join('\n')}`,
  )
}

/** @throws CommandError `cannotRun`, of one line, unless the cluster of the current kubeconfig answers. */
export async function requireCluster(): Promise<void> {
  try {
    await capture('kubectl', ['get', '--raw', '/version', '--request-timeout=10s'])
  } catch (error) {
    const why = error instanceof ShellError ? error.stderr.split('\n').at(-1) : String(error)
    throw new CommandError(
      'cannotRun',
      `No Kubernetes cluster answers (${why}). Point KUBECONFIG at one, or make one here: npm run kind:up`,
    )
  }
}
