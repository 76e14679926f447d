import { setTimeout as delay } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import type { Logger } from '../logger.ts'
import { type Provision, readProvision } from '../sql/readProvision.ts'
import { readProtection, readSlot, type SlotRow } from '../sql/slots.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { audit, type ShardAudit } from './audit.ts'
import { backlog } from './backlog.ts'
import { type OutboxGauge, outboxMetrics } from './outboxMetrics.ts'

export interface OutboxMonitorOptions {
  /** Name of the outbox, the label `outbox` of its gauges, if a process watches several; default: empty. */
  outbox?: string
  /** Pause between two counts of the backlog, in milliseconds; default 15 s. */
  backlogEveryMs?: number
  /** Pause between two audits, in milliseconds; default 10 minutes. */
  auditEveryMs?: number
  /** The replication slot to watch. */
  slot?: string
  /** Called after each audit with the number of events that are missing now but were not at the previous audit. */
  onAudit?: (newlyMissing: number) => void
}

/** Warns if a slot has less room left than this share of what it may retain. */
const scarceShare = 0.25

/**
 * Keeps the gauges of an outbox current: its backlog, the WAL that its replication slot retains and, from the audit, whether
 * its counts reconcile.
 */
export class OutboxMonitor {
  readonly #client: SqlClient
  readonly #logger: Logger
  readonly #everyMs: { backlog: number; audit: number }
  readonly #stopping = new AbortController()
  readonly #backlogEvents: OutboxGauge
  readonly #oldestSeconds: OutboxGauge
  readonly #difference: OutboxGauge<'shard'>
  readonly #slotName: string | undefined
  readonly #slotRetained: OutboxGauge<'slot'>
  readonly #slotSafe: OutboxGauge<'slot'>
  readonly #slotProtected: OutboxGauge<'slot'>
  readonly #unownedShards: OutboxGauge
  readonly #partitionDays: OutboxGauge
  readonly #onAudit: (newlyMissing: number) => void
  /** The differences of the shards at the last audit. */
  #differences: ReadonlyMap<number, number> = new Map()
  #lastBacklog: { events: number; oldestSeconds: number } | undefined
  #running: Promise<unknown> | undefined

  /** @param client is closed by its owner after `stop`. */
  constructor(client: SqlClient, registry: Registry, logger: Logger, options: OutboxMonitorOptions = {}) {
    this.#client = client
    this.#logger = logger
    this.#slotName = options.slot
    this.#onAudit = options.onAudit ?? (() => {})
    this.#everyMs = { backlog: options.backlogEveryMs ?? 15_000, audit: options.auditEveryMs ?? 600_000 }
    const gauge = outboxMetrics(registry, options.outbox).gauge
    this.#backlogEvents = gauge({
      name: 'relevo_outbox_backlog_events',
      help: 'Events that are recorded and not published, counted up to 100,000',
    })
    this.#oldestSeconds = gauge({
      name: 'relevo_outbox_oldest_pending_seconds',
      help: 'Age of the oldest event that is recorded and not published',
    })
    this.#difference = gauge({
      name: 'relevo_outbox_audit_difference_events',
      help: 'Events recorded less those acknowledged and quarantined, behind the cursor; other than 0 is a fault',
      labelNames: ['shard'] as const,
    })
    this.#slotRetained = gauge({
      name: 'relevo_slot_retained_bytes',
      help: 'Write-ahead log that Postgres keeps for the replication slot',
      labelNames: ['slot'] as const,
    })
    this.#slotSafe = gauge({
      name: 'relevo_slot_safe_bytes',
      help: 'Write-ahead log that may still be written before the slot is lost; missing without max_slot_wal_keep_size',
      labelNames: ['slot'] as const,
    })
    this.#slotProtected = gauge({
      name: 'relevo_slot_failover_protected',
      help: '1 while a replica is there that keeps the slot as well, 0 while none is; missing without replicas',
      labelNames: ['slot'] as const,
    })
    this.#unownedShards = gauge({
      name: 'relevo_outbox_unowned_shards',
      help: 'Shards whose lease no relay has',
    })
    this.#partitionDays = gauge({
      name: 'relevo_outbox_partition_days',
      help: 'Days from today on that have a partition of their own',
    })
  }

  start(): void {
    this.#running = Promise.all([
      this.#repeat(this.#everyMs.backlog, () => this.#showProvision()),
      this.#repeat(this.#everyMs.backlog, () => this.#showBacklog()),
      this.#repeat(this.#everyMs.backlog, () => this.#showSlot()),
      this.#repeat(this.#everyMs.audit, () => this.#showAudit()),
    ])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** The backlog as last counted; undefined before that. */
  get backlog(): { readonly events: number; readonly oldestSeconds: number } | undefined {
    return this.#lastBacklog
  }

  async #repeat(everyMs: number, measure: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await measure().catch((error) => this.#logger.warn({ err: error }, 'outbox could not be measured'))
      await delay(everyMs, undefined, { signal }).catch(() => {})
    }
  }

  async #showBacklog(): Promise<void> {
    const { events, oldest_seconds } = await backlog(this.#client)
    this.#lastBacklog = { events, oldestSeconds: oldest_seconds }
    this.#backlogEvents.set(events)
    this.#oldestSeconds.set(oldest_seconds)
  }

  async #showProvision(): Promise<void> {
    const [row] = await query<Provision>(this.#client, readProvision)
    if (row === undefined) return
    this.#unownedShards.set(row.unowned)
    this.#partitionDays.set(row.days)
  }

  async #showSlot(): Promise<void> {
    const slot = this.#slotName
    if (slot === undefined) return
    const [row] = await query<SlotRow>(this.#client, readSlot, [slot])
    showOrRemove(this.#slotRetained, slot, row?.retained_bytes)
    showOrRemove(this.#slotSafe, slot, row?.safe_bytes)
    const [protection] = await query<{ protected: boolean | null }>(this.#client, readProtection, [slot])
    const isProtected = protection?.protected ?? undefined
    showOrRemove(this.#slotProtected, slot, isProtected === undefined ? undefined : Number(isProtected))
    const { retained_bytes: retained = null, safe_bytes: safe = null } = row ?? {}
    if (retained === null || safe === null || safe > (retained + safe) * scarceShare) return
    const facts = { slot, retainedBytes: retained, safeBytes: safe }
    this.#logger.warn(
      facts,
      'slot is near max_slot_wal_keep_size; when it is lost, the gap is read from the table',
    )
  }

  async #showAudit(): Promise<void> {
    const shards = await audit(this.#client)
    for (const { shard, difference, recorded } of shards) {
      this.#difference.set({ shard }, difference)
      if (difference !== 0)
        this.#logger.error(
          { shard, difference, recorded, next: 'relevo republish' },
          'audit: counts do not reconcile',
        )
    }
    this.#onAudit(countNewlyMissing(shards, this.#differences))
    this.#differences = new Map(shards.map(({ shard, difference }) => [shard, difference]))
  }
}

/** How many more events the shards miss than before. */
export function countNewlyMissing(
  shards: readonly ShardAudit[],
  before: ReadonlyMap<number, number>,
): number {
  let missing = 0
  for (const { shard, difference } of shards)
    missing += Math.max(0, difference - Math.max(0, before.get(shard) ?? 0))
  return missing
}

function showOrRemove(gauge: OutboxGauge<'slot'>, slot: string, value: number | null | undefined): void {
  if (value === null || value === undefined) gauge.remove({ slot })
  else gauge.set({ slot }, value)
}
