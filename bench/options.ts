import { parseArgs } from 'node:util'
import type { Scenario } from './scenario.ts'

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
 * @throws Error that says what is wrong with it.
 */
export function parseOptions(args: readonly string[], known: readonly Named[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
  })
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1 || runs > maxRuns)
    throw new Error(`--runs takes a whole number from 1 to ${maxRuns}, not "${values.runs}".`)
  const asked = positionals.length > 0 ? positionals : ['results']
  return { scenarios: asked.flatMap((name) => named(name, known)), runs, write: values.write }
}

function named(name: string, known: readonly Named[]): string[] {
  const found = known.filter((each) => each.name === name || (each.chapter ?? 'results') === name)
  if (found.length > 0) return found.map((each) => each.name)
  const names = ['results', 'peers', ...known.map((each) => each.name)].join(', ')
  throw new Error(`There is no scenario "${name}". There are: ${names}.`)
}
