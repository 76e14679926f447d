import type { LedgerLine } from '../../ledgerLine.ts'
import { type Answer, failureOf, postJson, refusalOf } from './postJson.ts'

/** What is known of the event of a request. */
export interface PostOutcome {
  line: LedgerLine
  /** The answer says that Kafka has it (estado E). */
  delivered: boolean
}

/** Posts a message. */
export async function postMessage(baseUrl: string, content: string): Promise<PostOutcome> {
  try {
    return outcomeOf(content, await postJson(new URL('/messages', baseUrl), { content }))
  } catch (error) {
    return { line: { content, ...failureOf(error) }, delivered: false }
  }
}

/** What an answer tells of the event. */
export function outcomeOf(content: string, { status, body }: Answer): PostOutcome {
  const refusal = refusalOf(status, [201, 202])
  if (refusal) return { line: { content, ...refusal }, delivered: false }
  const { evento_id: id, estado } = body ?? {}
  if (typeof id === 'number') return { line: { outcome: 'ack', id, content }, delivered: estado === 'E' }
  return { line: { outcome: 'unknown', content, why: 'an answer that is none' }, delivered: false }
}
