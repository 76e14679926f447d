import { toDatabaseUrl } from '@relevo/kit'
import type { RelayOptions } from '@relevo/relay'
import type { RelayConfig } from './config.ts'
import { defaultSlot } from './slotName.ts'

const refusalRetryMaxMs = 30_000
const retryInitialMs = 100

/** The relay's options as the variables say them. */
export function relayOptions(config: RelayConfig): Omit<RelayOptions, 'producer' | 'logger' | 'registry'> {
  const { leaseMs, pageRows, pageBytes, minPollMs, maxPollMs, relayOwner } = config
  return {
    databaseUrl: toDatabaseUrl(config),
    leaseMs,
    pageRows,
    pageBytes,
    minPollMs,
    maxPollMs,
    source: config.eventSource,
    retry: { initialMs: retryInitialMs, maxMs: config.retryMaxMs },
    attempts: config.refusalAttempts,
    refusalRetry: { initialMs: config.refusalRetryMs, maxMs: refusalRetryMaxMs },
    ...(config.relaySource === 'wal' && { wal: { slot: slotOf(config) } }),
    ...(relayOwner !== undefined && { owner: relayOwner }),
  }
}

/** The outbox's replication slot, whether this relay reads from it or not. */
export function slotOf({ relaySlot, databaseUrl }: RelayConfig): string {
  return relaySlot ?? defaultSlot(databaseUrl)
}
