import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { HistoryState } from '../../shapes.ts'
import { ask } from '../ask.ts'
import { Chart } from '../parts/chart.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { text } from '../state.ts'

const ranges = [15, 360, 1_440] as const
const reloadMs = 10_000

/** Figures over time; reloaded as new ones arrive. */
export function Charts() {
  const t = text.value
  const minutes = useSignal<number>(ranges[0])
  const history = useSignal<HistoryState | undefined>(undefined)
  const problem = useSignal<unknown>(undefined)
  useEffect(() => {
    const leaving = new AbortController()
    const { signal } = leaving
    const load = () =>
      ask<HistoryState>('history', { query: { minutes: minutes.value }, signal }).then(
        (found) => {
          history.value = found
          problem.value = undefined
        },
        (error) => {
          if (!signal.aborted) problem.value = error
        },
      )
    void load()
    const timer = setInterval(load, reloadMs)
    return () => {
      clearInterval(timer)
      leaving.abort()
    }
  }, [minutes.value])
  const { value } = history
  return (
    <section aria-label={t.history}>
      <div class="segments">
        {ranges.map((range) => (
          <button
            key={range}
            type="button"
            class="plain"
            aria-pressed={minutes.value === range}
            onClick={() => {
              minutes.value = range
            }}
          >
            {t.lastMinutes(range)}
          </button>
        ))}
      </div>
      <Problem of={problem.value} />
      {value && value.kept_from === null && <p>{t.noHistory}</p>}
      {value?.kept_from && (
        <>
          <div class="charts">
            <FigureOf
              title={t.published}
              unit={t.perSecond}
              at={value.at}
              values={value.published_per_second}
            />
            <FigureOf title={t.oldest} unit={t.seconds} at={value.at} values={value.oldest_seconds} />
            <FigureOf title={t.lagSeconds} unit={t.seconds} at={value.at} values={value.lag_seconds} />
          </div>
          <p>
            <small>
              {t.keptFrom} <Time at={value.kept_from} />
            </small>
          </p>
        </>
      )}
    </section>
  )
}

interface FigureProps {
  readonly title: string
  readonly unit: (n: number) => string
  readonly at: readonly number[]
  readonly values: readonly (number | null)[]
}

function FigureOf({ title, unit, at, values }: FigureProps) {
  const known = values.filter((value) => value !== null)
  const last = known.at(-1)
  const summary = last === undefined ? '' : text.value.nowAndMost(unit(last), unit(Math.max(...known)))
  return <Chart title={title} summary={summary} at={at} line={{ label: title, values }} />
}
