import { httpTargets, type ScrapeTarget } from './metrics/scrape.ts'

/** Where the load goes, and whose metrics are read. */
export interface LoadTarget {
  /** Base URL of the messages API. */
  baseUrl: string
  scrape: readonly ScrapeTarget[]
}

/** What `npm start` runs, or other base URLs by BASE_URL, PROCESSOR_URL and RELAY_URL. */
export function localTarget(environment: Readonly<Record<string, string | undefined>>): LoadTarget {
  const baseUrl = environment.BASE_URL ?? 'http://localhost:3000'
  const urls = {
    messages: baseUrl,
    'message-processor': environment.PROCESSOR_URL ?? 'http://localhost:3001',
    relay: environment.RELAY_URL ?? 'http://localhost:3002',
  }
  return { baseUrl, scrape: httpTargets(urls) }
}
