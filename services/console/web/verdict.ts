import type { BoardState } from '../shapes.ts'

export type Verdict = 'good' | 'warning' | 'critical' | 'unknown'

/** Something that stands in the way of delivery. */
export type Trouble =
  | { readonly kind: 'undelivered'; readonly events: number }
  | { readonly kind: 'unpublished' | 'unconsumed'; readonly seconds: number }
  | { readonly kind: 'down' | 'unhealthy' | 'silent'; readonly service: string }
  | { readonly kind: 'kafka' }

/** Work that has waited for so long is late, as for the monitor. */
const lateSeconds = 15

const critical: readonly Trouble['kind'][] = ['down', 'kafka']

/** Is everything delivered, and if not, why? `unknown`: there is no monitor that has looked. */
export function judge(state: BoardState): {
  readonly verdict: Verdict
  readonly troubles: readonly Trouble[]
} {
  const { overview, events, silent } = state
  const troubles: Trouble[] = [
    ...(overview ? troublesOf(overview) : []),
    ...(events > 0 ? [{ kind: 'undelivered', events } as const] : []),
  ]
  const known = new Set(troubles.map((each) => ('service' in each ? each.service : '')))
  for (const { service } of silent) if (!known.has(service)) troubles.push({ kind: 'silent', service })
  if (troubles.some(({ kind }) => critical.includes(kind))) return { verdict: 'critical', troubles }
  if (troubles.length > 0) return { verdict: 'warning', troubles }
  return { verdict: overview && !overview.stale ? 'good' : 'unknown', troubles }
}

function troublesOf(overview: NonNullable<BoardState['overview']>): Trouble[] {
  const { services, outboxes, groups, kafka_reachable } = overview
  const oldest = Math.max(0, ...outboxes.map(({ oldest_seconds }) => oldest_seconds))
  const behind = Math.max(0, ...groups.map(({ lag_seconds }) => lag_seconds))
  return [
    ...(kafka_reachable ? [] : [{ kind: 'kafka' } as const]),
    ...services.flatMap(({ service, status }) =>
      status === 'down' || status === 'unhealthy' ? [{ kind: status, service } as const] : [],
    ),
    ...(oldest > lateSeconds ? [{ kind: 'unpublished', seconds: oldest } as const] : []),
    ...(behind > lateSeconds ? [{ kind: 'unconsumed', seconds: behind } as const] : []),
  ]
}
