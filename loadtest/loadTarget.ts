import type { SystemName } from '../proof/systems.ts'
import { localPorts } from './localPorts.ts'
import { httpTargets, type ScrapeTarget } from './metrics/scrape.ts'

/** Where the load goes, and whose metrics are read. */
export interface LoadTarget {
  /** Base URL of the system's API. */
  baseUrl: string
  scrape: readonly ScrapeTarget[]
}

/** What `npm start` runs, or other base URLs by BASE_URL, CONSUMER_URL and RELAY_URL. */
export function localTarget(
  system: SystemName,
  environment: Readonly<Record<string, string | undefined>>,
): LoadTarget {
  const ports = localPorts[system]
  const baseUrl = environment.BASE_URL ?? `http://localhost:${ports.api}`
  const urls = {
    api: baseUrl,
    consumer: environment.CONSUMER_URL ?? `http://localhost:${ports.consumer}`,
    relay: environment.RELAY_URL ?? `http://localhost:${ports.relay}`,
  }
  return { baseUrl, scrape: httpTargets(urls) }
}
