import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { RelayOptions } from '@relevo/relay'
import type { RelayConfig } from './config.ts'
import type { OutboxSettings } from './outboxes.ts'

const refusalRetryMaxMs = 30_000
const retryInitialMs = 100
const leastPageBytes = 1_024
const leastIdleProbeMs = 1_000

/** The options of the relay of one of the outboxes. */
export function relayOptions(
  config: RelayConfig,
  outbox: OutboxSettings,
  { outboxes, owner }: { readonly outboxes: number; readonly owner: string },
): Omit<RelayOptions, 'producer' | 'logger' | 'registry'> {
  const { leaseMs, pageRows, minPollMs, maxPollMs } = config
  // A stream shows events by itself: the rest of its looks come as seldom as those at an idle table.
  const idleProbeMs = Math.max(leastIdleProbeMs, maxPollMs)
  return {
    outbox: outbox.name,
    databaseUrl: outbox.databaseUrl,
    leaseMs,
    pageRows,
    pageBytes: Math.max(leastPageBytes, Math.floor(config.pageBytes / outboxes)),
    minPollMs,
    maxPollMs,
    source: outbox.eventSource,
    retry: { initialMs: retryInitialMs, maxMs: config.retryMaxMs },
    attempts: config.refusalAttempts,
    refusalRetry: { initialMs: config.refusalRetryMs, maxMs: refusalRetryMaxMs },
    ...(outbox.relaySource === 'wal' && {
      wal: { slot: outbox.slot, intervals: { idleProbeMs, watchMs: idleProbeMs } },
    }),
    // Two names of one database would otherwise hold one lease between them.
    owner: outboxes === 1 ? owner : `${owner}/${outbox.name}`,
  }
}

/** Name of this process among the relays of its outboxes. */
export function ownerOf({ relayOwner }: RelayConfig): string {
  return relayOwner ?? `${hostname()}-${randomUUID().slice(0, 8)}`
}
