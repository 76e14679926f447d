import { runningStart } from '@relevo/cli'
import { CommandError } from '../scripts/commandLine.ts'
import { preferredDirectory } from '../scripts/dataDirectory.ts'
import { urlVariable } from '../systems/parts.ts'

/** Without one that sends e-mails the demo leaves out what it would show of them. */
export const mailService = 'shop-notifications'
/** The services that take part in the demo. */
export const serviceNames = ['inventory', 'orders', 'payments', mailService] as const
export type ServiceName = (typeof serviceNames)[number]

export type Urls = Readonly<Record<Exclude<ServiceName, typeof mailService>, string>> & {
  readonly [mailService]?: string
}

/** What the case of a user needs: its code is in a mail. */
const userPlaces = ['users', 'profiles', 'gateway', 'mailbox'] as const
export type UserUrls = Readonly<Record<(typeof userPlaces)[number], string>>

/** Where the services answer. */
export interface Places {
  readonly urls: Urls
  /** Undefined: not all of it is there. */
  readonly users?: UserUrls | undefined
  /** What the services ask operators for; undefined: they ask for none, or it is not known. */
  readonly operatorToken?: string | undefined
  close(): void
}

/**
 * Those of the npm start that runs here, unless variables name others (`ORDERS_URL`).
 * @throws CommandError `cannotRun` that names the services without a place.
 */
export function localPlaces(environment: Readonly<Record<string, string | undefined>>): Places {
  const started = runningStart({ RELEVO_DATA_DIRECTORY: preferredDirectory })?.services ?? {}
  const places = serviceNames.map((name) => [name, environment[urlVariable(name)] ?? started[name]] as const)
  const urls = places.filter(([, url]) => url !== undefined)
  const missing = places.flatMap(([name, url]) => (url === undefined && name !== mailService ? [name] : []))
  if (missing.length > 0)
    throw new CommandError(
      'cannotRun',
      `No npm start with ${missing.join(', ')} runs here. Start one (npm start), or set ${missing.map(urlVariable).join(', ')}.`,
    )
  const users = userPlaces.map((name) => [name, environment[urlVariable(name)] ?? started[name]] as const)
  const hasUsers = users.every(([, url]) => url !== undefined)
  return {
    urls: Object.fromEntries(urls) as Urls,
    operatorToken: environment.OPERATOR_TOKEN,
    users: hasUsers ? (Object.fromEntries(users) as UserUrls) : undefined,
    close: () => undefined,
  }
}
