import { adjustProfile, type Profile, type ProfileName, profiles } from './profiles.ts'

export interface Login {
  readonly email: string
  readonly password: string
}

/** What `npm run load` tells the scripts, which can also be given to k6 by hand with `-e`. */
export const environment = {
  baseUrl: __ENV.BASE_URL ?? 'http://localhost:3000',
  /** Of the shop's inventory, beside its orders. */
  inventoryUrl: __ENV.INVENTORY_URL ?? 'http://localhost:5001',
  /** Of those who report of the shop. */
  analyticsUrl: __ENV.ANALYTICS_URL ?? 'http://localhost:5004',
  notificationsUrl: __ENV.SHOP_NOTIFICATIONS_URL ?? 'http://localhost:5005',
  gatewayUrl: __ENV.GATEWAY_URL ?? 'http://localhost:8000',
  /** Users whom `npm run load` has made, for scenarios that log in. */
  customers: JSON.parse(__ENV.CUSTOMERS ?? '[]') as readonly Login[],
  /** What the content of every message of this run begins with. */
  contentPrefix: __ENV.CONTENT_PREFIX ?? `load-${Date.now()}-`,
  summaryFile: __ENV.SUMMARY_FILE ?? 'summary.json',
}

/** By which it is let in where AUTH is on. */
const operator: Record<string, string> = __ENV.OPERATOR_TOKEN
  ? { authorization: `Bearer ${__ENV.OPERATOR_TOKEN}` }
  : {}

/** What every request of the load has. */
export const requestHeaders: Record<string, string> = { 'content-type': 'application/json', ...operator }

/** The profile to run, with what `LOAD_PEAK` and `LOAD_SECONDS` change of it. */
export function currentProfile(fallback: ProfileName = 'smoke'): Profile {
  const name = __ENV.PROFILE ?? fallback
  if (!(name in profiles))
    throw new Error(`No profile ${name}; there are: ${Object.keys(profiles).join(', ')}`)
  return adjustProfile(profiles[name as ProfileName], {
    peak: __ENV.LOAD_PEAK ? Number(__ENV.LOAD_PEAK) : undefined,
    seconds: __ENV.LOAD_SECONDS ? Number(__ENV.LOAD_SECONDS) : undefined,
  })
}
