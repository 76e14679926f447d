import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/**
 * What a request for the newest events found: an entry (hit), none (miss), one that is no page (invalid), a read of another request
 * that it could share (shared), no answer in time (failed), or a cache that is not asked for now (skipped).
 */
export const readResults = ['hit', 'miss', 'invalid', 'shared', 'failed', 'skipped'] as const
export type ReadResult = (typeof readResults)[number]

export type WriteResult = 'stored' | 'tooLarge' | 'tooLate' | 'failed'

export const breakerStates = ['closed', 'open', 'halfOpen'] as const
export type BreakerState = (typeof breakerStates)[number]

/** The metrics of the cache of one service. */
export function createCacheMetrics(registry: Registry) {
  const registers = [registry]
  const reads = new Counter({
    name: 'relevo_cache_reads_total',
    help: 'Requests by what they found in the cache; all but hits and shared ones read Postgres',
    labelNames: ['result'] as const,
    registers,
  })
  for (const result of readResults) reads.inc({ result }, 0)
  const writes = new Counter({
    name: 'relevo_cache_writes_total',
    help: 'Pages that were read from Postgres, by what became of them in the cache',
    labelNames: ['result'] as const,
    registers,
  })
  const seconds = new Histogram({
    name: 'relevo_cache_command_seconds',
    help: 'Time that a request to the cache took, or waited in vain',
    labelNames: ['command'] as const,
    buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
    registers,
  })
  const breaker = new Gauge({
    name: 'relevo_cache_breaker_state',
    help: '1 for the state that the circuit breaker is in',
    labelNames: ['state'] as const,
    registers,
  })
  return { reads, writes, seconds, setBreaker }

  function setBreaker(current: BreakerState): void {
    for (const state of breakerStates) breaker.set({ state }, state === current ? 1 : 0)
  }
}

export type CacheMetrics = ReturnType<typeof createCacheMetrics>
