import type { ServiceContext } from '@relevo/kit'
import type { Consumer } from '@relevo/kit/consumer'
import type { Canaries } from './canaries.ts'
import { ChangeStream } from './changeStream.ts'
import type { MonitorConfig } from './config.ts'
import { KafkaMeter } from './probe/kafkaMeter.ts'
import { createLooks } from './probe/lookAtServices.ts'
import { Prober } from './prober.ts'
import type { MonitorParts } from './routes.ts'

/** Looks at the services, once the database is migrated, and passes changes on, until the service stops. */
export function startMonitor(
  context: ServiceContext<MonitorConfig>,
  { admin }: Pick<Consumer, 'admin'>,
  canaries: Canaries,
): Omit<MonitorParts, 'pool' | 'canaries'> {
  const { pool, config, logger, registry, signal, onStop, whenMigrated, fetch } = context
  const { probeIntervalMs, probeTimeoutMs, detailIntervalMs, alertEmail, alertLanguage, maxStreams } = config
  const targets = config.monitoredServices
  if (targets.length === 0) logger.warn({}, 'MONITORED_SERVICES is empty: no service is watched')
  const prober = new Prober({
    pool,
    logger,
    registry,
    looks: createLooks(targets, {
      timeoutMs: probeTimeoutMs,
      detailEveryMs: detailIntervalMs,
      fetch,
      token: () => config.operatorTokenFile?.() || config.operatorToken,
    }),
    meter: new KafkaMeter(admin, config.monitoredKafka, probeTimeoutMs),
    canaries,
    names: targets.map(({ name }) => name),
    mail: { to: alertEmail, language: alertLanguage },
    settings: config,
  })
  const stream = new ChangeStream({ pool, logger, registry, maxStreams })
  onStop('prober', () => prober.stop())
  // HTTP stops first, and would wait for those who listen.
  const streamsEnded = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(stream.stop()), { once: true })
  })
  onStop('streams', () => streamsEnded)
  whenMigrated(() => {
    prober.start()
    stream.start()
  })
  const staleMs = Math.max(15_000, 5 * (probeIntervalMs + probeTimeoutMs))
  return { prober, stream, targets, staleMs, lateSeconds: config.lateSeconds }
}
