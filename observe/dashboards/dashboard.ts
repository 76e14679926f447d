export interface Query {
  readonly expr: string
  /** As `{{outbox}}`. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  /** What to see in it, and what to do when it looks wrong. */
  readonly description?: string
  /** Grafana's: s, short, percentunit, bytes, reqps … */
  readonly unit: string
  /** Default `lines`. `number`: the last value, large. */
  readonly kind?: 'lines' | 'number'
  /** Of a number: where it turns red. */
  readonly redFrom?: number
  readonly queries: readonly Query[]
}

export interface Dashboard {
  /** Part of its address in Grafana, and the name of its file. */
  readonly uid: string
  readonly title: string
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[]
}

/** What every query is narrowed to: the namespaces that are chosen above the dashboard. */
export const here = 'namespace=~"$namespace"'

/** A rate by labels, over the interval that fits the screen. */
export function rate(counter: string, by: string, matchers = ''): string {
  return `sum by (${by}) (rate(${counter}{${[here, matchers].filter(Boolean).join(',')}}[$__rate_interval]))`
}

export function quantile(q: number, histogram: string, by: string): string {
  return `histogram_quantile(${q}, sum by (${by}, le) (rate(${histogram}_bucket{${here}}[$__rate_interval])))`
}

/** Gauges that every replica reports alike. */
export function greatest(gauge: string, by: string): string {
  return `max by (${by}) (${gauge}{${here}})`
}

export function total(gauge: string, by: string): string {
  return `sum by (${by}) (${gauge}{${here}})`
}

/** Median and the slowest hundredth of a histogram. */
export function percentiles(histogram: string, by: string): Query[] {
  return [0.5, 0.99].map((q) => ({ expr: quantile(q, histogram, by), legend: `p${q * 100} {{${by}}}` }))
}
