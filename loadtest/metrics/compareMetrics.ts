import { observedBetween, quantile } from './histogram.ts'
import { parseMetrics, type Sample } from './parseMetrics.ts'

/** The metrics of a process in Prometheus' text format, at two times. */
export interface ProcessMetrics {
  /** A service, or one of its pods. */
  name: string
  before: string
  after: string
}

/** A row of the report. */
export interface MetricRow {
  process: string
  metric: string
  value: number
  unit: string
}

const counters = [
  'relevo_relay_published_events_total',
  'relevo_relay_refused_events_total',
  'relevo_relay_send_failures_total',
  'relevo_inbox_processed_events_total',
  'relevo_inbox_duplicates_total',
  'relevo_inbox_retries_total',
  'relevo_inbox_dead_letters_total',
  'relevo_inbox_database_failures_total',
]
const delays = [
  'relevo_http_request_seconds',
  'relevo_relay_delay_seconds',
  'relevo_relay_send_seconds',
  'relevo_inbox_event_delay_seconds',
]
const mebibyte = 2 ** 20

/** What the services counted and measured between the two looks. */
export function compareMetrics(processes: readonly ProcessMetrics[]): MetricRow[] {
  return processes.flatMap(({ name, before, after }) => {
    const [first, second] = [parseMetrics(before), parseMetrics(after)]
    const rows = [...counted(first, second), ...delayed(first, second), ...used(first, second)]
    return rows.map((row) => ({ process: name, ...row }))
  })
}

type Row = Omit<MetricRow, 'process'>

function counted(before: readonly Sample[], after: readonly Sample[]): Row[] {
  return counters
    .filter((name) => after.some((sample) => sample.name === name))
    .map((name) => ({ metric: name, value: increase(name, before, after), unit: '' }))
}

function delayed(before: readonly Sample[], after: readonly Sample[]): Row[] {
  return delays.flatMap((name) => {
    const observed = observedBetween(name, before, after)
    if (observed.count === 0) return []
    return [0.5, 0.95, 0.99].map((p) => ({
      metric: `${name} p${p * 100}`,
      value: quantile(observed, p) * 1_000,
      unit: 'ms',
    }))
  })
}

function used(before: readonly Sample[], after: readonly Sample[]): Row[] {
  const memory = 'process_resident_memory_bytes'
  return [
    { metric: 'memory before', value: total(memory, before) / mebibyte, unit: 'MiB' },
    { metric: 'memory after', value: total(memory, after) / mebibyte, unit: 'MiB' },
    { metric: 'processor time', value: increase('process_cpu_seconds_total', before, after), unit: 's' },
  ]
}

/** A counter that went back belongs to a restarted process, which counts from 0. */
function increase(name: string, before: readonly Sample[], after: readonly Sample[]): number {
  const [first, second] = [total(name, before), total(name, after)]
  return second < first ? second : second - first
}

function total(name: string, samples: readonly Sample[]): number {
  return samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0)
}
