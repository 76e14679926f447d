import type { TestContext } from 'node:test'
import {
  type Endpoints,
  type Environment,
  Health,
  type Logger,
  loadConfig,
  type Service,
  type ServiceVariables,
  startService,
} from '@relevo/kit'
import { Registry } from 'prom-client'
import { afterTest } from './afterTest.ts'
import { type HttpClient, httpClient } from './httpClient.ts'
import { silent } from './silent.ts'

export interface ServiceInProcess extends HttpClient {
  readonly url: string
  /** Where probes are asked of a service with certificates. */
  readonly probeUrl: string
  readonly registry: Registry
  /** What the service failed with. */
  readonly failures: readonly unknown[]
  /** Stops its parts in order, as SIGTERM does. */
  stop(): Promise<void>
}

/**
 * Starts a service in the test's own process as `main.ts` starts it, on a free port of this machine; it is stopped after
 * the test. It may still wait for its migrations.
 */
export async function startInProcess<V extends ServiceVariables, E extends Endpoints>(
  t: TestContext,
  service: Service<V, E>,
  env: Environment,
  logger: Logger = silent,
): Promise<ServiceInProcess> {
  const config = loadConfig(service.config, { HOST: '127.0.0.1', PORT: '0', ...env })
  const registry = new Registry()
  const health = new Health()
  const stopping = new AbortController()
  const failures: unknown[] = []
  const parts: (() => void | Promise<void>)[] = []
  const stop = async () => {
    stopping.abort()
    for (let part = parts.pop(); part; part = parts.pop()) await part()
  }
  afterTest(t, stop)
  const { port, probePort } = await startService(service, config, {
    logger,
    registry,
    health,
    signal: stopping.signal,
    onStop: (_part, stopPart) => void parts.push(stopPart),
    fail: (error) => void failures.push(error),
  })
  const url = `http://127.0.0.1:${port}`
  const probeUrl = `http://127.0.0.1:${probePort ?? port}`
  return { url, probeUrl, registry, failures, stop, ...httpClient(url) }
}
