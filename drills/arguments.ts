import { parseArgs } from 'node:util'

export interface DrillArguments {
  /** Names of drills, in the order of the catalogue. */
  names: string[]
  /** Put the table into docs/drills.md. */
  write: boolean
  namespace?: string
  release?: string
}

/** @returns what is wrong with the arguments, as a sentence, or the arguments. */
export function parseDrillArguments(
  args: readonly string[],
  known: readonly string[],
): DrillArguments | string {
  const parsed = parse(args)
  if (typeof parsed === 'string') return parsed
  const { positionals, values } = parsed
  if (positionals.length === 0) return 'Which drill?'
  const wrong = positionals.find((name) => name !== 'all' && !known.includes(name))
  if (wrong !== undefined) return `There is no drill ${wrong}.`
  const { write = false, namespace, release } = values
  return {
    names: known.filter((name) => positionals.includes('all') || positionals.includes(name)),
    write,
    ...(namespace !== undefined && { namespace }),
    ...(release !== undefined && { release }),
  }
}

export function drillUsage(drills: readonly { name: string; title: string }[]): string {
  const lines = drills.map(({ name, title }) => `  ${name.padEnd(18)}${title}`)
  return [
    'npm run drill -- <name …|all> [--write] [--namespace NS] [--release NAME]',
    'Runs drills against the release of the current kubeconfig. --write puts the table into docs/drills.md.',
    ...lines,
  ].join('\n')
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        write: { type: 'boolean' },
        namespace: { type: 'string', short: 'n' },
        release: { type: 'string', short: 'r' },
      },
    })
  } catch (error) {
    return (error as Error).message
  }
}
