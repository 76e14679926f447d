import type { Queryable } from '@relevo/outbox'
import type { CommandResult } from '../state.ts'

const readResults = `
select a.request_id::text as id, a.result, null as error from saga.answer a where a.request_id = any($1::bigint[])
union all
select p.id::text, null, p.error from saga.parked p where p.id = any($1::bigint[])`

export interface Answer {
  readonly id: string
  /** Null: not carried out yet. */
  readonly result: CommandResult | null
  /** Why it could not be carried out so far. */
  readonly error: string | null
}

/** The outcomes of requests; kept for a day. */
export async function readAnswers(client: Queryable, requestIds: readonly string[]): Promise<Answer[]> {
  return (await client.query(readResults, [requestIds])).rows
}
