import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { language, prefersDark, theme } from '../state.ts'

export interface Line {
  readonly label: string
  readonly values: readonly (number | null)[]
}

export interface ChartProps {
  readonly title: string
  /** What it shows, in a sentence: a canvas says nothing to those who cannot see it. */
  readonly summary: string
  /** Seconds since 1970. */
  readonly at: readonly number[]
  readonly line: Line
}

const height = 160

/** Of a colour as the browser tells it: rgb(r, g, b). */
function faint(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)')
}

/** A line over time, with a sentence for those who do not see it. */
export function Chart({ title, summary, at, line }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const data: uPlot.AlignedData = [[...at], [...line.values]]
  useEffect(() => {
    const element = place.current
    if (!element) return undefined
    const made = new uPlot(optionsOf(element, line.label), data, element)
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [line.label, theme.value, prefersDark.value, language.value])
  useEffect(() => plot.current?.setData(data))
  return (
    <figure>
      <figcaption>
        <strong>{title}</strong> <span>{summary}</span>
      </figcaption>
      <div ref={place} class="chart" aria-hidden="true" />
    </figure>
  )
}

/** Colours are those of the page, which a canvas does not inherit. */
function optionsOf(element: HTMLElement, label: string): uPlot.Options {
  const { color: ink, borderColor: grid, outlineColor: accent } = getComputedStyle(element)
  // uPlot knows the language of the browser at most, and writes times as they are written in English.
  const time = new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit' })
  const number = new Intl.NumberFormat(language.value)
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } }
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, values: (_plot, ticks) => ticks.map((at) => time.format(at * 1_000)) },
      { ...axis, size: 60, values: (_plot, ticks) => ticks.map((tick) => number.format(tick)) },
    ],
    series: [
      {},
      { label, stroke: accent, fill: faint(accent), width: 1.5, spanGaps: false, points: { show: false } },
    ],
  }
}
