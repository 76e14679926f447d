import { flushCompileCache } from 'node:module'
import type { processVariables } from '../config/commonVariables.ts'
import type { Environment, Values } from '../config/loadConfig.ts'
import { readConfig } from '../config/readConfig.ts'
import type { Endpoints } from '../http/endpoint.ts'
import { Health } from '../http/health.ts'
import { createRegistry } from '../http/httpMetrics.ts'
import { ServiceError } from '../serviceError.ts'
import { createLogger } from './logger.ts'
import type { Service, ServiceVariables } from './service.ts'
import { Shutdown } from './shutdown.ts'
import { guardAgainstSpinning } from './spinGuard.ts'
import { startService } from './startService.ts'

/**
 * Runs a service in this process: reads the configuration (`--help` describes it), starts, and stops in order
 * at SIGTERM or SIGINT, within SHUTDOWN_DRAIN_MS and SHUTDOWN_GRACE_MS. A second signal ends it at once. The exit code is 0 after an
 * ordered stop and 1 otherwise.
 */
export async function runService<V extends ServiceVariables, E extends Endpoints>(
  service: Service<V, E>,
  env: Environment,
): Promise<void> {
  const config = readConfig({ ...service, env })
  if (config === undefined) return
  const { logLevel, shutdownDrainMs, shutdownGraceMs, otlpEndpoint, tracesSampled } = config as Values<
    typeof processVariables
  >
  const logger = createLogger(service.name, logLevel)
  const health = new Health()
  const shutdown = new Shutdown(logger, health, { drainMs: shutdownDrainMs, graceMs: shutdownGraceMs })
  shutdown.listen(process)
  const { signal } = shutdown
  const onStop = shutdown.add.bind(shutdown)
  const fail = (error: unknown) =>
    void shutdown.run(error instanceof ServiceError ? error.message : 'a part failed', error)
  try {
    if (otlpEndpoint !== undefined) {
      const { startTracing } = await import('./tracing.ts')
      const settings = { name: service.name, endpoint: otlpEndpoint, share: tracesSampled, logger }
      const tracing = await startTracing(settings)
      onStop('tracing', () => tracing.stop())
    }
    const registry = createRegistry()
    guardAgainstSpinning({ logger, registry })
    await startService(service, config, { logger, registry, health, signal, onStop, fail })
    if (!signal.aborted) logger.info({}, 'started')
    // Else only an orderly end keeps what was compiled, where NODE_COMPILE_CACHE names a folder for it.
    flushCompileCache()
  } catch (error) {
    // Once it is stopping, what start still works with is being closed under its hands.
    if (!signal.aborted) await shutdown.run('start failed', error)
  }
}
