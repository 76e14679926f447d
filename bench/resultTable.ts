import { markdownTable } from '../scripts/markdownTable.ts'
import type { Measurement } from './measurement.ts'
import { summarise } from './statistics.ts'

export interface Column {
  /** The name of the value in a measurement. */
  key: string
  title: string
  /** Digits behind the point; default 0. */
  digits?: number
}

/** Renders a scenario's measurements as a Markdown table: a row a variant, median (least – greatest) in each cell. */
export function resultTable(measurements: readonly Measurement[], columns: readonly Column[]): string {
  const variants = [...new Set(measurements.map((measurement) => measurement.variant))]
  const rows = variants.map((variant) => {
    const runs = measurements.filter((measurement) => measurement.variant === variant)
    return [variant, ...columns.map((column) => cell(runs, column)), runCount(runs)]
  })
  const table = markdownTable(['', ...columns.map(({ title }) => title), 'runs'], rows, 1)
  const failures = measurements.filter((measurement) => measurement.failure !== undefined)
  const notes = failures.map((run) => `- failed: ${run.variant}, round ${run.round}: ${run.failure}`)
  return [table, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

function cell(runs: readonly Measurement[], { key, digits = 0 }: Column): string {
  const values = runs.flatMap((run) => run.values[key] ?? [])
  if (values.length === 0) return '–'
  const { median, min, max } = summarise(values)
  const show = (value: number) => formatNumber(value, digits)
  return values.length === 1 ? show(median) : `${show(median)} (${show(min)} – ${show(max)})`
}

function runCount(runs: readonly Measurement[]): string {
  const failed = runs.filter((run) => run.failure !== undefined).length
  return failed === 0 ? String(runs.length) : `${runs.length}, ${failed} failed`
}

export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
