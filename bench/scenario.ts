import type { Measurement, Ratio, Values } from './measurement.ts'
import type { Column } from './resultTable.ts'
import type { TestBed } from './testBed.ts'

/** Parts of docs/benchmarks.md, by the names of their markers. */
export const chapters = ['results', 'peers', 'inbox', 'events', 'shop', 'users', 'console', 'start'] as const
export type Chapter = (typeof chapters)[number]

/** Variants that are run in turn, round after round. */
export interface Scenario {
  name: string
  /** The part of the document that its table goes to; default: results. Only those of the default run unasked. */
  chapter?: Chapter
  title: string
  /** What was done and how it was measured, for the reader of the table. */
  description: string
  columns: readonly Column[]
  ratios?: readonly Ratio[]
  variants: readonly Variant[]
  /** How many rounds to make when `runs` were asked for; default: as many. */
  rounds?(runs: number): number
}

export interface Variant {
  name: string
  /** In milliseconds; a run that takes longer has failed. */
  budgetMs: number
  measure(run: Run): Promise<Values>
}

/** What a run is given. */
export interface Run {
  bed: TestBed
  /** Aborts when the budget is used up or the benchmark is interrupted. */
  signal: AbortSignal
  /** What the scenario has measured so far, of all its variants. */
  earlier: readonly Measurement[]
}
