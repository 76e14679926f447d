import type { WholeSaga } from '../../shapes.ts'
import { arrowsOf, pathOf, placesOf, radius, rowHeight, rowsOf, type StepRow } from '../sagaLayout.ts'
import { text } from '../state.ts'

/** The way of a saga: forward down the left, and back up the right. Its history says the same in words. */
export function SagaDiagram({ saga }: { readonly saga: WholeSaga }) {
  const t = text.value
  const rows = rowsOf(saga)
  const spoken = rows.map((row) => `${row.step}: ${describe(row)}`).join('. ')
  return (
    <svg class="saga" viewBox={`0 0 360 ${rowHeight * rows.length}`} role="img" aria-label={spoken}>
      <title>{t.diagram}</title>
      <defs>
        <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
          <path d="M0 0 8 4 0 8z" class="head" />
        </marker>
      </defs>
      {arrowsOf(rows).map(([from, to]) => (
        <path key={pathOf(from, to)} class="arrow" d={pathOf(from, to)} marker-end="url(#head)" />
      ))}
      {rows.map((row, n) => (
        <Step key={row.step} row={row} n={n} />
      ))}
    </svg>
  )
}

const signs: Readonly<Record<string, string>> = {
  done: '✓',
  failed: '✕',
  unknown: '?',
  undoing: '✓',
  undone: '✓',
  skipped: '–',
}

function Step({ row, n }: { readonly row: StepRow; readonly n: number }) {
  const { done, undone } = placesOf(n)
  return (
    <>
      <g class={`step ${row.status} ${row.isWaitedFor ? 'waited' : ''}`}>
        <circle cx={done.x} cy={done.y} r={radius} />
        <text x={done.x} y={done.y + 5} text-anchor="middle">
          {signs[row.status] ?? '…'}
        </text>
      </g>
      {row.isUndone && (
        <g class={`step ${row.status} ${row.isWaitedFor ? 'waited' : ''}`}>
          <circle cx={undone.x} cy={undone.y} r={radius} />
          <text x={undone.x} y={undone.y + 5} text-anchor="middle">
            {row.status === 'undone' ? '↩' : '…'}
          </text>
        </g>
      )}
      <text class="name" x={done.x + 22} y={done.y - 9}>
        {row.step}
      </text>
      <text class="detail" x={done.x + 22} y={done.y + 21}>
        {describe(row)}
      </text>
    </>
  )
}

function describe({ status, attempts, timeouts }: StepRow): string {
  const t = text.value
  const parts = [t.stepStates[status] ?? status]
  if (attempts > 1) parts.push(t.attempts(attempts))
  if (timeouts > 0) parts.push(t.timeouts(timeouts))
  return parts.join(', ')
}
