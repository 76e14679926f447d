import type { SagaLine, WholeSaga } from '../shapes.ts'

/** A step as the diagram shows it: what was done in its row on the left, what undid it on the right. */
export interface StepRow {
  readonly step: string
  /** As the service has it: done, failed, unknown, undoing, undone, outstanding, skipped. */
  readonly status: string
  readonly attempts: number
  /** Times that it was not answered in time. */
  readonly timeouts: number
  readonly isWaitedFor: boolean
  /** It was undone, is being undone, or waits for that. */
  readonly isUndone: boolean
}

/** The steps in the order in which they had their turn. */
export function rowsOf({ steps, history, step: waitedFor }: WholeSaga): StepRow[] {
  const inTurn = history.flatMap(({ step }) => (step !== null && Object.hasOwn(steps, step) ? [step] : []))
  const names = [...new Set([...inTurn, ...Object.keys(steps)])]
  return names.map((step) => {
    const { status = '', attempts = 0 } = steps[step] ?? {}
    return {
      step,
      status,
      attempts,
      timeouts: timeoutsOf(history, step),
      isWaitedFor: step === waitedFor,
      isUndone: status === 'undone' || status === 'undoing',
    }
  })
}

function timeoutsOf(history: readonly SagaLine[], step: string): number {
  return history.filter((line) => line.kind === 'timedOut' && line.step === step).length
}

export const rowHeight = 64
/** Of the circle of a step. */
export const radius = 12

export interface Point {
  readonly x: number
  readonly y: number
}

/** Where the step of the row is, and what undoes it. */
export function placesOf(row: number): { readonly done: Point; readonly undone: Point } {
  const y = rowHeight * (row + 0.5)
  return { done: { x: 24, y }, undone: { x: 336, y } }
}

/** The path of a saga that went forward through these rows and, where it was undone, back: pairs of points. */
export function arrowsOf(rows: readonly StepRow[]): (readonly [Point, Point])[] {
  const forward = rows.slice(1).map((_row, n) => [placesOf(n).done, placesOf(n + 1).done] as const)
  const undone = rows.flatMap((row, n) => (row.isUndone ? [n] : [])).reverse()
  const [first] = undone
  if (first === undefined) return forward
  const last = rows.length - 1
  const turn = [placesOf(last).done, placesOf(first).undone] as const
  const back = undone.slice(1).map((n, i) => {
    return [placesOf(undone[i] ?? n).undone, placesOf(n).undone] as const
  })
  return [...forward, turn, ...back]
}

/** From edge to edge of the circles: straight up or down, or along the row first, which keeps it off the labels. */
export function pathOf(from: Point, to: Point): string {
  const gap = radius + 2
  const up = Math.sign(to.y - from.y) * gap
  if (from.x === to.x) return `M${from.x} ${from.y + up} V${to.y - up}`
  const begin = `M${from.x + gap} ${from.y}`
  return from.y === to.y ? `${begin} H${to.x - gap}` : `${begin} H${to.x} V${to.y - up}`
}
