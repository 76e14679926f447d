import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Names of the scenarios to run, in this order. */
  scenarios: string[]
  runs: number
  /** Put the results into docs/benchmarks.md. */
  write: boolean
}

const maxRuns = 50

/** Reads the command line. @throws Error that says what is wrong with it. */
export function parseOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
  })
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1 || runs > maxRuns)
    throw new Error(`--runs takes a whole number from 1 to ${maxRuns}, not "${values.runs}".`)
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Error(`There is no scenario "${unknown.join('", "')}". There are: ${known.join(', ')}.`)
  return { scenarios: positionals.length > 0 ? positionals : [...known], runs, write: values.write }
}
