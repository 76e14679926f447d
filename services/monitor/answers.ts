import type { Board, BoardService } from './board.ts'
import type { OutboxCanaries } from './canaries.ts'
import type { OpenAlert } from './domain/alerts.ts'
import { type StateSeconds, uptimePercent } from './domain/uptime.ts'
import type { AlertRow } from './sql/alerts.ts'
import type { StateSum, StoredInterval } from './sql/intervals.ts'

/** Sums of one service by state. */
export function toSeconds(sums: readonly StateSum[], service: string): StateSeconds {
  const own = sums.filter((sum) => sum.service === service)
  const of = (state: StateSum['state']) => own.find((sum) => sum.state === state)?.seconds ?? 0
  return { healthy: of('healthy'), unhealthy: of('unhealthy'), down: of('down'), unknown: of('unknown') }
}

/** @param sums of the last day; undefined: not known just now. */
export function serviceAnswer(
  { work, ...service }: BoardService,
  sums: readonly StateSum[] | undefined,
): object {
  const outboxes = work?.outboxes.map((outbox) => ({
    name: outbox.name,
    oldest_seconds: outbox.oldestSeconds,
    events: outbox.events,
    lease_age_seconds: outbox.loopAgeSeconds,
    stalled_shards: outbox.stalledShards,
    quarantined_keys: outbox.quarantinedKeys,
    held_topics: outbox.heldTopics,
    canary_overdue_seconds: outbox.canaryOverdueSeconds ?? null,
  }))
  return {
    ...service,
    uptime_percent: sums ? uptimePercent(toSeconds(sums, service.service)) : null,
    last_effect_at: work?.lastEffectAt ?? null,
    retries: work?.held ?? null,
    dead_letters: work?.deadLetters ?? null,
    outboxes: outboxes ?? [],
  }
}

export function servicesAnswer(board: Board, isStale: boolean, sums: readonly StateSum[] | undefined) {
  const services = board.services.map((service) => serviceAnswer(service, sums))
  const { status, looked_at } = board
  return { status, looked_at, stale: isStale, count: services.length, services }
}

export function kafkaAnswer({ looked_at, kafka: { reachable, topics, groups } }: Board) {
  return {
    looked_at,
    reachable,
    topics: topics.map(({ messagesPerSecond, ...topic }) => ({
      ...topic,
      messages_per_second: messagesPerSecond,
    })),
    groups: groups.map(({ lagSeconds, ...group }) => ({ ...group, lag_seconds: lagSeconds })),
  }
}

/** Delivery works where it is known to: no canary at all is no good sign. */
export function deliveryAnswer(outboxes: readonly OutboxCanaries[], lateSeconds: number) {
  const isLate = outboxes.some(({ overdueSeconds }) => overdueSeconds > lateSeconds)
  return {
    works: outboxes.length > 0 && !isLate,
    late_after_seconds: lateSeconds,
    count: outboxes.length,
    outboxes: outboxes.map(({ outbox, shards, ageSeconds, overdueSeconds }) => ({
      outbox,
      shards,
      age_seconds: ageSeconds,
      overdue_seconds: overdueSeconds,
    })),
  }
}

export function shopAnswer({ facts: { failedOrders, deadNotifications, lowStock } }: Board) {
  return {
    failed_orders: failedOrders,
    dead_notifications: deadNotifications,
    low_stock: lowStock.map(({ productId, ...product }) => ({ product_id: productId, ...product })),
  }
}

export function alertAnswer({ key: _, follows: __, ...alert }: AlertRow) {
  return alert
}

/** An alert of this process that is not stored yet, or cannot be read. */
export function openAlertAnswer({ cause, openedAt }: OpenAlert) {
  const { kind, severity, subject, message } = cause
  const nothing = { resolved_at: null, acknowledged_at: null, acknowledged_by: null, note: null }
  return { id: null, kind, severity, subject, message, opened_at: new Date(openedAt), ...nothing }
}

/** @param now what lasts has lasted until then. */
export function intervalAnswer({ state, cause, startedAt, endedAt }: StoredInterval, now: Date) {
  const seconds = Math.max(0, ((endedAt ?? now).getTime() - startedAt.getTime()) / 1_000)
  return { status: state, cause, started_at: startedAt, ended_at: endedAt ?? null, seconds }
}
