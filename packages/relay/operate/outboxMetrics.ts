import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

interface MetricOptions<L extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames?: readonly L[]
}

type Labels<L extends string> = { readonly [K in L]: string | number }
type Args<L extends string, Rest extends unknown[]> = [L] extends [never] ? Rest : [Labels<L>, ...Rest]

export interface OutboxCounter<L extends string = never> {
  inc(...args: Args<L, [by?: number]>): void
}

export interface OutboxGauge<L extends string = never> {
  set(...args: Args<L, [value: number]>): void
  remove(...args: Args<L, []>): void
}

export interface OutboxHistogram {
  observe(value: number): void
}

/** Creates the metrics of an outbox, with the label `outbox`; several outboxes in one registry share the names. */
export function outboxMetrics(registry: Registry, outbox = '') {
  const own = { outbox }
  const registers = [registry]

  function shared<M>(name: string, make: () => M): M {
    return (registry.getSingleMetric(name) as M | undefined) ?? make()
  }

  function counter<L extends string = never>({
    labelNames = [],
    ...rest
  }: MetricOptions<L>): OutboxCounter<L> {
    const options = { ...rest, labelNames: ['outbox', ...labelNames], registers }
    const metric = shared(rest.name, () => new Counter<string>(options))
    if (labelNames.length === 0) metric.inc(own, 0)
    return {
      inc: (...args) => {
        const [labels, by] = split(args)
        metric.inc({ ...own, ...labels }, by)
      },
    }
  }

  function gauge<L extends string = never>({ labelNames = [], ...rest }: MetricOptions<L>): OutboxGauge<L> {
    const options = { ...rest, labelNames: ['outbox', ...labelNames], registers }
    const metric = shared(rest.name, () => new Gauge<string>(options))
    if (labelNames.length === 0) metric.set(own, 0)
    return {
      set: (...args) => {
        const [labels, value] = split(args)
        metric.set({ ...own, ...labels }, value ?? 0)
      },
      remove: (...args) => metric.remove({ ...own, ...split(args)[0] }),
    }
  }

  function histogram({
    buckets,
    ...rest
  }: MetricOptions<never> & { readonly buckets: number[] }): OutboxHistogram {
    const options = { ...rest, labelNames: ['outbox'], buckets, registers }
    const metric = shared(rest.name, () => new Histogram<string>(options))
    metric.zero(own)
    return { observe: (value) => metric.observe(own, value) }
  }

  return { counter, gauge, histogram }
}

/** Further labels, if the metric has any, and the value. */
function split(args: readonly unknown[]): [labels: Record<string, string>, value: number | undefined] {
  const [first, second] = args
  return typeof first === 'object'
    ? [first as Record<string, string>, second as number]
    : [{}, first as number]
}
