import type { Queryable } from '@relevo/outbox'
import type { HistoryKind, LateTreatment, Outstanding, StepState } from '../state.ts'
import { type ListedSaga, listSagas } from './findSagas.ts'

/** A line of the history, with its time. */
export interface HistoryLine {
  readonly at: string
  readonly kind: HistoryKind
  readonly step: string | null
  readonly attempt: number | null
  readonly undo: boolean
  readonly detail: unknown
}

export interface LateReply {
  readonly at: string
  readonly step: string
  readonly attempt: number
  readonly type: string
  readonly eventId: string
  readonly treatment: LateTreatment
}

/** An event that waits for a process with the saga's definition. */
export interface WaitingEvent {
  readonly at: string
  readonly kind: string
  readonly error: string | null
}

/** A saga with everything stored about it. */
export interface WholeSaga extends ListedSaga {
  readonly data: unknown
  readonly steps: Readonly<Record<string, StepState>>
  readonly outstanding: Outstanding | null
  /** The newest 1,000 lines, the oldest of them first. */
  readonly history: readonly HistoryLine[]
  /** The newest 1,000. */
  readonly lateReplies: readonly LateReply[]
  readonly waiting: readonly WaitingEvent[]
}

const utc = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`

const readState = 'select data::text, state::text from saga.instance where id = $1::uuid'
const readHistory = `
select ${utc('at')}, kind, step, attempt, undo, detail::text from (
  select * from saga.history where saga_id = $1::uuid order by id desc limit 1000
) h order by id`
const readLate = `
select ${utc('at')}, step, attempt, type, event_id::text as "eventId", treatment
from saga.late_reply where saga_id = $1::uuid order by id desc limit 1000`
const readWaiting = `
select ${utc('at')}, event ->> 'kind' as kind, error from saga.parked where saga_id = $1::uuid order by id limit 1000`

/** Undefined: there is no such saga. */
export async function readSaga(client: Queryable, id: string): Promise<WholeSaga | undefined> {
  const [listed] = (await listSagas(client, { id })).sagas
  const [row] = (await client.query(readState, [id])).rows
  if (listed === undefined || row === undefined) return undefined
  const { steps, outstanding } = JSON.parse(row.state)
  const history = (await client.query(readHistory, [id])).rows.map(({ detail, ...line }) => {
    return { ...line, detail: detail === null ? null : JSON.parse(detail) }
  })
  const lateReplies = (await client.query(readLate, [id])).rows
  const waiting = (await client.query(readWaiting, [id])).rows
  return { ...listed, data: JSON.parse(row.data), steps, outstanding, history, lateReplies, waiting }
}
