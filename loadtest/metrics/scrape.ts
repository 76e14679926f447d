/** A process whose metrics are read, and where. */
export interface ScrapeTarget {
  name: string
  read(): Promise<string>
}

/** The services by their base URLs. */
export function httpTargets(urls: Readonly<Record<string, string>>): ScrapeTarget[] {
  return Object.entries(urls).map(([name, url]) => ({ name, read: () => readMetrics(url) }))
}

/** Reads what can be read: a process that does not answer has an empty text. */
export async function scrape(targets: readonly ScrapeTarget[]): Promise<Record<string, string>> {
  const texts = await Promise.all(
    targets.map(async ({ name, read }) => [name, await read().catch(() => '')] as const),
  )
  return Object.fromEntries(texts)
}

async function readMetrics(baseUrl: string): Promise<string> {
  const response = await fetch(new URL('/metrics', baseUrl), { signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`${baseUrl}/metrics answers ${response.status}`)
  return response.text()
}
