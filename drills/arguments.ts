import { CommandError, readArguments } from '../scripts/commandLine.ts'

export interface DrillArguments {
  /** Names of drills, in the order of the catalogue. */
  readonly names: string[]
  /** Put the table into docs/drills.md. */
  readonly write: boolean
  readonly namespace?: string
  readonly release?: string
  /** URL of a Prometheus that has the chart's alerts. */
  readonly prometheus?: string
}

/** @throws CommandError `usage`. */
export function parseDrillArguments(args: readonly string[], known: readonly string[]): DrillArguments {
  const { positionals, values } = readArguments(args, {
    write: { type: 'boolean' },
    namespace: { type: 'string', short: 'n' },
    release: { type: 'string', short: 'r' },
    prometheus: { type: 'string' },
  })
  if (positionals.length === 0) throw new CommandError('usage', 'Which drill?')
  const wrong = positionals.find((name) => name !== 'all' && !known.includes(name))
  if (wrong !== undefined) throw new CommandError('usage', `There is no drill ${wrong}.`)
  const { write = false, namespace, release, prometheus } = values
  if (prometheus !== undefined && !URL.canParse(prometheus))
    throw new CommandError('usage', `--prometheus is a URL, and not ${prometheus}.`)
  return {
    names: known.filter((name) => positionals.includes('all') || positionals.includes(name)),
    write,
    ...(namespace !== undefined && { namespace }),
    ...(release !== undefined && { release }),
    ...(prometheus !== undefined && { prometheus }),
  }
}

export function drillUsage(drills: readonly { name: string; title: string }[]): string {
  const lines = drills.map(({ name, title }) => `  ${name.padEnd(18)}${title}`)
  return [
    'npm run drill -- <name …|all> [--write] [--namespace NS] [--release NAME] [--prometheus URL]',
    'Runs drills against the release of the current kubeconfig. --write puts the table into docs/drills.md.',
    '--prometheus: one with the alerts of the chart (npm run k8s:prometheus); which of them fired and resolved is told.',
    ...lines,
  ].join('\n')
}
