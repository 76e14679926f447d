import { CommandError, readArguments, wholeNumber } from '../scripts/commandLine.ts'
import { chapters, type Scenario } from './scenario.ts'

export interface BenchOptions {
  /** Names of the scenarios to run, in this order. */
  scenarios: string[]
  runs: number
  /** Put the results into docs/benchmarks.md. */
  write: boolean
}

const maxRuns = 50

type Named = Pick<Scenario, 'name' | 'chapter'>

/**
 * Reads the command line: names of scenarios or of chapters, or none for the results.
 * @throws CommandError `usage`.
 */
export function parseOptions(args: readonly string[], known: readonly Named[]): BenchOptions {
  const { values, positionals } = readArguments(args, {
    runs: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  })
  const runs = wholeNumber('runs', values.runs, 1, maxRuns)
  const asked = positionals.length > 0 ? positionals : ['results']
  return { scenarios: asked.flatMap((name) => named(name, known)), runs, write: values.write }
}

function named(name: string, known: readonly Named[]): string[] {
  const found = known.filter((each) => each.name === name || (each.chapter ?? 'results') === name)
  if (found.length > 0) return found.map((each) => each.name)
  const names = [...new Set([...chapters, ...known.map((each) => each.name)])].join(', ')
  throw new CommandError('usage', `There is no scenario "${name}". There are: ${names}.`)
}

export function benchUsage(known: readonly (Named & Pick<Scenario, 'title'>)[]): string {
  const lines = known.map(({ name, title }) => `  ${name.padEnd(16)}${title}`)
  return [
    'npm run bench [-- scenario|chapter … --runs N --write]',
    `Measures on a Postgres and a Kafka of its own. Chapters: results (the default), ${chapters.slice(1).join(', ')}. --runs: 1 to ${maxRuns}, default 5.`,
    '--write puts the tables into docs/benchmarks.md.',
    ...lines,
  ].join('\n')
}
