import { parseArgs } from 'node:util'
import type { SystemName } from '../proof/systems.ts'
import { type ProfileName, profiles } from './k6/profiles.ts'

export const scenarioNames = ['steady', 'burst', 'mixed', 'knee', 'soak', 'commissions'] as const
export type ScenarioName = (typeof scenarioNames)[number]

/** Which system a scenario is for. */
export function systemOf(scenario: ScenarioName): SystemName {
  return scenario === 'commissions' ? 'commissions' : 'messages'
}

export interface LoadArguments {
  scenario: ScenarioName
  profile: ProfileName
  /** Instead of the profile's highest rate. */
  peak?: number
  /** Instead of the profile's length. */
  seconds?: number
  /** Against the release of the current kubeconfig. */
  kubernetes: boolean
  namespace?: string
  release?: string
}

export const loadUsage = `npm run load -- <scenario> [profile] [--peak RATE] [--seconds N] [--kubernetes [--namespace NS] [--release NAME]]
scenarios: ${scenarioNames.join(', ')}
profiles: ${Object.keys(profiles).join(', ')} (default smoke; of soak, soak)
Without --kubernetes it goes to BASE_URL (default: where npm start has the API), and reads the metrics of that and of
CONSUMER_URL and RELAY_URL (likewise). Prove the run afterwards with npm run load:verify.`

/** @returns what is wrong with the arguments, as a sentence, or the arguments. */
export function parseLoadArguments(args: readonly string[]): LoadArguments | string {
  const parsed = parse(args)
  if (typeof parsed === 'string') return parsed
  const { values, positionals } = parsed
  const [scenario, profile = scenario === 'soak' ? 'soak' : 'smoke', ...rest] = positionals
  if (!isOneOf(scenario, scenarioNames)) return `There is no scenario ${scenario ?? '(none given)'}.`
  if (!(profile in profiles)) return `There is no profile ${profile}.`
  if (rest.length > 0) return `Too many arguments: ${rest.join(' ')}.`
  const numbers: { peak?: number; seconds?: number } = {}
  for (const name of ['peak', 'seconds'] as const) {
    if (values[name] === undefined) continue
    const number = Number(values[name])
    if (!Number.isInteger(number) || number < 1) return `--${name} must be a whole number above 0.`
    numbers[name] = number
  }
  const { kubernetes = false, namespace, release } = values
  return {
    scenario,
    profile: profile as ProfileName,
    kubernetes,
    ...numbers,
    ...(namespace !== undefined && { namespace }),
    ...(release !== undefined && { release }),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        peak: { type: 'string' },
        seconds: { type: 'string' },
        kubernetes: { type: 'boolean' },
        namespace: { type: 'string', short: 'n' },
        release: { type: 'string', short: 'r' },
      },
    })
  } catch (error) {
    return (error as Error).message
  }
}

function isOneOf<T extends string>(value: string | undefined, values: readonly T[]): value is T {
  return values.includes(value as T)
}
