import { CommandError, readArguments, wholeNumber } from '../scripts/commandLine.ts'
import { maxPortOffset } from '../scripts/startArguments.ts'
import type { SystemName } from '../systems/index.ts'
import { type ProfileName, profiles } from './k6/profiles.ts'

export const scenarioNames = [
  'steady',
  'burst',
  'mixed',
  'recent',
  'knee',
  'soak',
  'commissions',
  'shop',
  'shopHot',
  'shopBurst',
  'shopCancel',
  'shopReports',
  'usersOrders',
  'loginFlood',
] as const
export type ScenarioName = (typeof scenarioNames)[number]

/** Which system a scenario is for: whose events its ledger has. */
export function systemOf(scenario: ScenarioName): SystemName {
  if (scenario === 'loginFlood') return 'users'
  if (scenario.startsWith('shop') || scenario === 'usersOrders') return 'shop'
  return scenario === 'commissions' ? 'commissions' : 'messages'
}

/** Whether a scenario logs in as users, who are made for it. */
export function needsCustomers(scenario: ScenarioName): boolean {
  return scenario === 'usersOrders' || scenario === 'loginFlood'
}

const most = 1_000_000

export interface LoadArguments {
  scenario: ScenarioName
  profile: ProfileName
  /** Instead of the profile's highest rate. */
  peak?: number
  /** Instead of the profile's length. */
  seconds?: number
  /** Against the release of the current kubeconfig. */
  kubernetes: boolean
  /** That `npm start` was given. */
  portOffset: number
  namespace?: string
  release?: string
}

export const loadUsage = `npm run load -- <scenario> [profile] [--peak RATE] [--seconds N]
  [--port-offset N | --kubernetes [--namespace NS] [--release NAME]]
scenarios: ${scenarioNames.join(', ')}
profiles: ${Object.keys(profiles).join(', ')} (default smoke; of soak, soak)
Without --kubernetes it goes to BASE_URL (default: where npm start has the API, with --port-offset if that
was given one), and reads the metrics of that and of
every other service (<NAME>_URL, as RELAY_MESSAGES_URL). Prove the run afterwards with npm run load:verify.`

/** @throws CommandError `usage`. */
export function parseLoadArguments(args: readonly string[]): LoadArguments {
  const { values, positionals } = readArguments(args, {
    peak: { type: 'string' },
    seconds: { type: 'string' },
    'port-offset': { type: 'string' },
    kubernetes: { type: 'boolean' },
    namespace: { type: 'string', short: 'n' },
    release: { type: 'string', short: 'r' },
  })
  const { peak, seconds, 'port-offset': offset, kubernetes = false, namespace, release } = values
  if (kubernetes && offset !== undefined)
    throw new CommandError(
      'usage',
      '--port-offset is of npm start, and --kubernetes of a release: use one of them.',
    )
  return {
    ...readWhat(positionals),
    kubernetes,
    portOffset: wholeNumber('port-offset', offset ?? '0', 0, maxPortOffset),
    ...(peak !== undefined && { peak: wholeNumber('peak', peak, 1, most) }),
    ...(seconds !== undefined && { seconds: wholeNumber('seconds', seconds, 1, most) }),
    ...(namespace !== undefined && { namespace }),
    ...(release !== undefined && { release }),
  }
}

function readWhat(positionals: readonly string[]): Pick<LoadArguments, 'scenario' | 'profile'> {
  const [scenario, profile = scenario === 'soak' ? 'soak' : 'smoke', ...rest] = positionals
  if (!isOneOf(scenario, scenarioNames))
    throw new CommandError('usage', `There is no scenario ${scenario ?? '(none given)'}.`)
  if (!(profile in profiles)) throw new CommandError('usage', `There is no profile ${profile}.`)
  if (rest.length > 0) throw new CommandError('usage', `Too many arguments: ${rest.join(' ')}.`)
  return { scenario, profile: profile as ProfileName }
}

function isOneOf<T extends string>(value: string | undefined, values: readonly T[]): value is T {
  return values.includes(value as T)
}
