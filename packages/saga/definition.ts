import type { SagaTransaction } from './changes.ts'

/** The part of a saga that its definition's functions see. */
export interface SagaFacts {
  readonly id: string
  /** Its subject, for example an order's id; the default key of its commands. */
  readonly key: string
  readonly status: SagaStatus
  /** Why it is or was compensated, or given up. */
  readonly reason: SagaReason | null
  /** A cancellation that came after the pivot and waits for the end, or was refused. */
  readonly cancelRequested: SagaReason | null
}

export const sagaStatuses = ['running', 'compensating', 'completed', 'compensated', 'givenUp'] as const

/**
 *     running ──> completed ──(cancelled afterwards)──┐
 *      ^ │            ^───────(undo refused)────────┐ │
 *      │ └──> compensating <──────────────────────────┘
 *      │        │  └──> compensated ──(late reply)──> compensating
 *      └────────┘ (undo refused, before the pivot)
 *
 * An operator can give up a saga that is running or compensating.
 */
export type SagaStatus = (typeof sagaStatuses)[number]

export interface SagaReason {
  /** Short and stable, for example `INSUFFICIENT_STOCK`. */
  readonly code: string
  /** JSON. */
  readonly detail?: unknown
}

/** A message to a participant. `saga_id`, `step` and `attempt` are added to its payload. */
export interface SagaCommand {
  readonly topic: string
  readonly type: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Default: the saga's key. Commands of one key are delivered in order. */
  readonly key?: string
  readonly headers?: Record<string, string>
}

/** A participant's answer; {@link onReply} checks it by a schema. */
export interface SagaReply {
  readonly type: string
  readonly data: unknown
}

export type OnReply<Data> = (data: Data, reply: SagaReply) => Data

/** Why a step failed, and the saga's new data if they change. */
export interface Failure<Data> extends SagaReason {
  readonly data?: Data
}

export type OnFailure<Data> = (data: Data, reply: SagaReply) => Failure<Data>

/** How long an attempt may take, and how the time grows: attempt n has `timeoutMs * factor ** (n - 1)`, at most `maxTimeoutMs`. */
export interface Patience {
  readonly timeoutMs: number
  /** Default 2. */
  readonly factor?: number
  /** Default 32 times `timeoutMs`. */
  readonly maxTimeoutMs?: number
}

/** Undoes a step: a command that is repeated until it is answered. It must be idempotent. */
export interface CompensationRequest<Data> extends Patience {
  readonly command: (data: Data, saga: SagaFacts) => SagaCommand
  /** The replies that report it as undone. */
  readonly done: Readonly<Record<string, OnReply<Data>>>
  /** The participant cannot do it now: the next attempt starts when this one times out. */
  readonly busy?: readonly string[]
  /**
   * The participant refuses: the step stays done. A saga that was cancelled after its end is completed again; `whenRefused`
   * decides about one that had not ended. If another step is already undone, or a later one has failed, the saga
   * is stuck at once, and the compensation is repeated.
   */
  readonly refused?: Readonly<Record<string, OnFailure<Data>>>
  /**
   * `goForward`: a saga that turned back before its pivot continues after the step, to its end. The refusal must then carry
   * the same data as the step's `done` replies. Default `repeat`: it is stuck at once, and the compensation is repeated.
   */
  readonly whenRefused?: 'repeat' | 'goForward'
  /** Attempts after which the saga counts as stuck, with an alert. Attempts continue. Default 5. */
  readonly stuckAfter?: number
}

/** Undoes a step in this database, in the saga's transaction. */
export interface LocalCompensation<Data> {
  readonly local: (tx: SagaTransaction, data: Data, saga: SagaFacts) => Promise<void>
}

export type Compensation<Data> = CompensationRequest<Data> | LocalCompensation<Data>

interface AnyStep<Data> {
  /** False: the saga skips this step. Called when its turn comes. */
  readonly when?: (data: Data, saga: SagaFacts) => boolean
  /** Once this step is done, the saga only goes forward. */
  readonly pivot?: true
}

/**
 * How to handle a reply to an attempt that is not outstanding. `compensate`: if it reports the step as done and the saga
 * does not count on that, the step is undone, once.
 */
type Undoing<Data> =
  | { readonly compensation: Compensation<Data>; readonly late: 'ignore' | 'compensate' }
  | { readonly compensation?: undefined; readonly late?: 'ignore' }

/** Sends a command and waits for its reply. */
export type RequestStep<Data> = AnyStep<Data> &
  Patience &
  Undoing<Data> & {
    readonly command: (data: Data, saga: SagaFacts) => SagaCommand
    readonly done: Readonly<Record<string, OnReply<Data>>>
    /** Replies that end the saga; earlier steps are undone. */
    readonly failed?: Readonly<Record<string, OnFailure<Data>>>
    /** Replies that ask for another attempt, which starts when this one times out. */
    readonly busy?: readonly string[]
    /** `forever` after the pivot. If the last attempt is not answered in time, the step is undone with those before it. */
    readonly attempts: number | 'forever'
    /** With `forever`: attempts after which the saga counts as stuck, with an alert. Attempts continue. Default 5. */
    readonly stuckAfter?: number
    readonly local?: undefined
    readonly send?: undefined
  }

/** The outcome of a local step, if any: other data, or a failure. */
export type LocalResult<Data> = { readonly data: Data } | { readonly failed: Failure<Data> }

/** Changes this database in the saga's transaction. The only kind of step that does I/O itself. */
export type LocalStep<Data> = AnyStep<Data> & {
  readonly local: (
    tx: SagaTransaction,
    data: Data,
    saga: SagaFacts,
  ) => Promise<LocalResult<Data> | undefined> | Promise<void>
  readonly compensation?: Compensation<Data>
  readonly command?: undefined
  readonly send?: undefined
}

/** Sends a message and waits for nothing. */
export type SendStep<Data> = AnyStep<Data> & {
  readonly send: (data: Data, saga: SagaFacts) => SagaCommand
  readonly compensation?: Compensation<Data>
  readonly command?: undefined
  readonly local?: undefined
}

export type Step<Data> = RequestStep<Data> | LocalStep<Data> | SendStep<Data>

/** Changes this database in the transaction in which the saga reaches that state. */
export type Hook<Data> = (tx: SagaTransaction, data: Data, saga: SagaFacts) => Promise<void>

export const hookNames = ['completed', 'compensated', 'cancelRefused', 'givenUp'] as const

export type HookName = (typeof hookNames)[number]

/** How a saga of the previous version continues under this one. */
export interface Upgrade<Data> {
  // biome-ignore lint/suspicious/noExplicitAny: data of another version
  readonly data: (old: any) => Data
  /** Renamed steps, old name to new. Participants that identify attempts by their step see a different one. */
  readonly steps?: Readonly<Record<string, string>>
}

export interface SagaSpec<Input, Data> {
  readonly name: string
  /** 1, 2, 3 … A saga keeps the version it was started with, unless a process has only a newer one that can `upgrade`. */
  readonly version: number
  /** The data of a new saga. JSON. */
  readonly start: (input: Input) => Data
  /** In the order in which they run. */
  readonly steps: Readonly<Record<string, Step<Data>>>
  /** `afterwards`: a completed saga can still be cancelled, which undoes its steps. Default: until the pivot is done. */
  readonly cancellable?: 'beforePivot' | 'afterwards'
  /**
   * With `afterwards`: called in the transaction before a completed saga is undone, whoever asks for that. A returned string
   * refuses it, and is the reason. Data that it reads may only change under the saga's lock: see lockSaga.
   */
  readonly refuseUndo?: (tx: SagaTransaction, data: Data, saga: SagaFacts) => Promise<string | undefined>
  readonly on?: { readonly [Name in HookName]?: Hook<Data> }
  readonly upgrade?: Upgrade<Data>
}

/** A checked definition: see defineSaga. */
export interface SagaDefinition<Input, Data> extends SagaSpec<Input, Data> {
  readonly order: readonly string[]
  readonly pivot: string | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: each definition has its own data, which nothing here looks into
export type AnySaga = SagaDefinition<any, any>

// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyStepOf = Step<any>

export function isRequest<Data>(step: Step<Data>): step is RequestStep<Data> {
  return step.command !== undefined
}

export function isLocal<Data>(of: Compensation<Data>): of is LocalCompensation<Data> {
  return 'local' in of
}
