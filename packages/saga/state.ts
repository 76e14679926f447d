import type { Origin } from '@relevo/origin'
import type { SagaReason, SagaStatus } from './definition.ts'

/**
 * Where a step is.
 *
 *     outstanding ──> done ──────> undoing ──> undone
 *        ├──> failed                 ^            │
 *        └──> unknown (no answer) ───┘<──(late reply: done after all)
 */
export type StepStatus =
  | 'skipped'
  | 'outstanding'
  | 'done'
  | 'failed' // surely without effect
  | 'unknown' // perhaps with one: nobody answered in time, or the saga was cancelled before
  | 'undoing'
  | 'undone'

export interface StepState {
  readonly status: StepStatus
  /** Of doing and undoing together, so that step and attempt name one command. */
  readonly attempts: number
}

/** What the saga waits for. */
export interface Outstanding {
  readonly step: string
  readonly attempt: number
  readonly undo: boolean
  /** Times that it was waited for in succession, by which the time-out grows. */
  readonly tries: number
  /** Answered that it cannot now: the next attempt comes when the time of this one is over. */
  readonly answered: boolean
}

/** A saga as it is stored. Whatever decides about it is a function of this, its definition and an event. */
export interface SagaState<Data = unknown> {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly data: Data
  /** Of the steps that had their turn. */
  readonly steps: Readonly<Record<string, StepState>>
  readonly outstanding: Outstanding | null
  readonly reason: SagaReason | null
  readonly cancelRequested: SagaReason | null
  /** Was completed before it was compensated: a cancellation afterwards. */
  readonly wasCompleted: boolean
  /** Has told how it ended; late replies that are undone do not tell again. */
  readonly hasEnded: boolean
  readonly stuck: boolean
  /** Of what it did last; what its timer does follows from the same. */
  readonly origin?: Origin
}

/** What can happen to a saga. */
export type SagaEvent =
  | { readonly kind: 'started'; readonly input: unknown }
  | {
      readonly kind: 'reply'
      readonly step: string
      readonly attempt: number
      readonly type: string
      readonly data: unknown
    }
  | {
      readonly kind: 'timedOut'
      readonly step: string
      readonly attempt: number
      /** The command is not to be repeated: see RepeatBudget. */
      readonly withheld?: boolean
    }
  | ({ readonly kind: 'cancel'; readonly reason: SagaReason } & Refusable)
  | ({ readonly kind: 'operator'; readonly command: OperatorCommand; readonly note: string } & Refusable)

interface Refusable {
  /** Why a completed saga may not be undone, as its definition says in the transaction. */
  readonly refusal?: string
}

export const operatorCommands = ['retry', 'compensate', 'giveUp'] as const

export type OperatorCommand = (typeof operatorCommands)[number]

/** What became of a reply that nobody waited for. */
export const lateTreatments = [
  'ignored', // as its step declares, or since the saga counts on the step
  'superseded', // a newer attempt is outstanding, which will be answered as well
  'covered', // the step is being undone already, or will be
  'compensated', // the step is undone on account of it
  'unexpected', // a type that the step does not know, or an attempt that was never made
  'givenUp', // the saga was given up
  'unknownSaga',
] as const

export type LateTreatment = (typeof lateTreatments)[number]

/** What somebody who asks for something is told. */
export const commandResults = [
  'accepted', // it is under way
  'deferred', // a cancellation behind the pivot: carried out when the saga is completed
  'done', // it is compensated, or given up
  'pastPivot', // it only goes forward
  'ended', // there is nothing to do any more
  'refused', // its definition does not allow it any more; the saga's history has the reason
] as const

export type CommandResult = (typeof commandResults)[number]

export type HistoryKind =
  | 'started'
  | 'skipped'
  | 'sent'
  | 'done'
  | 'failed'
  | 'busy'
  | 'refused'
  | 'timedOut' // not answered in time; with `withheld`, the same attempt is waited for again
  | 'stuck'
  | 'cancel'
  | 'compensating'
  | 'undone'
  | 'late'
  | 'operator'
  | 'upgraded'
  | 'completed'
  | 'compensated'
  | 'givenUp'

/** A line of a saga's history, which is its diagram. */
export interface HistoryEntry {
  readonly kind: HistoryKind
  readonly step?: string
  readonly attempt?: number
  /** Is it about undoing the step? */
  readonly undo?: true
  /** JSON: the reply's type, the reason, the time-out. Never a reply's data. */
  readonly detail?: Readonly<Record<string, unknown>>
}
