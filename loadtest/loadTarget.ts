import { runningStart } from '@relevo/cli'
import type { Certificate } from '../k8s/cluster/certificate.ts'
import { preferredDirectory } from '../scripts/dataDirectory.ts'
import { type SystemName, systems } from '../systems/index.ts'
import { partsOf, urlVariable } from '../systems/parts.ts'
import { httpTargets, type ScrapeTarget } from './metrics/scrape.ts'

/** Where the load goes, and whose metrics are read. */
export interface LoadTarget {
  /** Base URL of the service that takes the requests. */
  readonly baseUrl: string
  /** Base URLs of services and relays by their names. */
  readonly urls: Readonly<Record<string, string>>
  readonly scrape: readonly ScrapeTarget[]
  /** By which the load is let in where AUTH is on. */
  readonly operatorToken?: string | undefined
  /** Set if services require certificates. */
  readonly tls?: TargetTls | undefined
}

/** The certificate that the load presents, and the addresses of the host names in the URLs. */
export interface TargetTls extends Certificate {
  readonly addresses: Readonly<Record<string, string>>
}

/** What `npm start` runs with this port offset; BASE_URL says another entry, and `<NAME>_URL` another service. */
export function localTarget(
  system: SystemName,
  portOffset: number,
  environment: Readonly<Record<string, string | undefined>>,
): LoadTarget {
  const urls = localUrls(system, portOffset, environment)
  const { service } = systems[system].entry
  const baseUrl = environment.BASE_URL ?? urls[service] ?? ''
  const scrape = httpTargets({ ...urls, [service]: baseUrl })
  return { baseUrl, urls, scrape, operatorToken: environment.OPERATOR_TOKEN }
}

/**
 * Where each service and relay of a system is: what a variable says, as RELAY_MESSAGES_URL; else the npm start that runs here,
 * which moves ports that two systems claim; else its port with this offset.
 */
export function localUrls(
  system: SystemName,
  portOffset: number,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const started = runningStart({ RELEVO_DATA_DIRECTORY: preferredDirectory })?.services ?? {}
  const urls = partsOf(systems[system]).map(({ name, port }) => {
    return [name, environment[urlVariable(name)] ?? started[name] ?? `http://localhost:${port + portOffset}`]
  })
  return Object.fromEntries(urls)
}
