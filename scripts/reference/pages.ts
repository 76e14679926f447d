import { renderCli } from './cli.ts'
import { renderConfiguration } from './configuration.ts'
import { renderConsoleTour } from './consoleTour.ts'
import { renderEvents } from './events.ts'
import { renderHttp } from './http.ts'
import { renderMetrics } from './metrics.ts'

/** What docs/ has that is generated from code, and from the pictures of the console, by its paths. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    'docs/images/console.svg': renderConsoleTour(),
    'docs/reference/cli.md': renderCli(),
    'docs/reference/configuration.md': await renderConfiguration(),
    'docs/reference/events.md': renderEvents(),
    'docs/reference/http.md': await renderHttp(),
    'docs/reference/metrics.md': renderMetrics(),
  }
}
