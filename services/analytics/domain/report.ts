/** The figures of a window, by column names. Amounts are hundredths of the shop's currency. */
export const metrics = [
  'events',
  'order_events',
  'inventory_events',
  'notification_events',
  'clamped_events',
  'orders_created',
  'orders_confirmed',
  'orders_cancelled',
  'conversion_numerator', // orders placed in the window that are confirmed, and not cancelled after all
  'conversion_denominator', // orders placed in the window
  'revenue_created',
  'revenue_confirmed',
  'revenue_lost', // of orders that were cancelled
  'revenue_reversed', // that part of it which had been confirmed before
  'revenue_pending', // a state, as all that follow but the notifications: at the window's end
  'products',
  'stock',
  'reserved',
  'low_stock',
  'notifications_sent',
  'notifications_failed', // attempts
  'notifications_dead',
] as const

export type Metric = (typeof metrics)[number]
export type Figures = Readonly<Record<Metric, bigint>>

const states: ReadonlySet<Metric> = new Set(['revenue_pending', 'products', 'stock', 'reserved', 'low_stock'])

/** What a window, or any other span, comes to. */
export interface Span {
  readonly start: Date
  readonly end: Date
  readonly figures: Figures
}

/** One report of a closed window. */
export interface Report extends Span {
  readonly revision: number
  /** Events of the window that came after it was closed. */
  readonly lateEvents: bigint
}

/**
 * The next report of a window; undefined when the last one still holds.
 * @param wasClosed whether the window was closed already, for one that nothing was known of until now.
 */
export function revise(last: Report | undefined, now: Span, wasClosed: boolean): Report | undefined {
  if (last === undefined) return { ...now, revision: 1, lateEvents: wasClosed ? now.figures.events : 0n }
  if (metrics.every((metric) => last.figures[metric] === now.figures[metric])) return undefined
  const late = now.figures.events - (last.figures.events - last.lateEvents)
  // A rebuild may find that events belong to another window: then there are fewer than had come in time.
  return { ...now, revision: last.revision + 1, lateEvents: late > 0n ? late : 0n }
}

/** The sum of spans that follow one another: states are those of the last. */
export function sumFigures(earlier: Figures, later: Figures): Figures {
  const sum = (metric: Metric) => (states.has(metric) ? 0n : earlier[metric]) + later[metric]
  return Object.fromEntries(metrics.map((metric) => [metric, sum(metric)])) as Figures
}
