import type { ApiRequest, Body } from '../../../systems/request.ts'
import { type Classified, classifyAnswer, classifyFailure, parseBody } from '../../classifyAnswer.ts'
import type { LedgerLine } from '../../ledgerLine.ts'
import { operatorHeaders } from '../../operatorHeaders.ts'

const timeoutMs = 15_000
/** The connection was never made, so the request never left. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** What is known of the events of one use of an API. */
export interface SendOutcome {
  readonly lines: LedgerLine[]
  /** An answer says that Kafka has the event. */
  readonly delivered: boolean
}

/** Sends the requests of a system's entry one after the other, as far as they are acknowledged. */
export async function sendRequests(
  baseUrl: string,
  requests: readonly ApiRequest[],
  content: string,
): Promise<SendOutcome> {
  const lines: LedgerLine[] = []
  let earlier: Body = {}
  let isDelivered = false
  for (const request of requests) {
    const { line, delivered, body } = await send(baseUrl, request, content, earlier)
    lines.push(line)
    isDelivered ||= delivered
    if (line.outcome !== 'ack') break
    earlier = body ?? {}
  }
  return { lines, delivered: isDelivered }
}

async function send(
  baseUrl: string,
  request: ApiRequest,
  content: string,
  earlier: Body,
): Promise<Classified & { body?: Body | undefined }> {
  const event = request.event(content)
  try {
    const response = await fetch(new URL(request.path, baseUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...operatorHeaders() },
      body: JSON.stringify(request.body(content, earlier)),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const body = parseBody(await response.text())
    return { ...classifyAnswer(request, event, { status: response.status, body }), body }
  } catch (error) {
    const { name, cause } = error as { name?: string; cause?: { code?: string } }
    const why = cause?.code ?? name ?? 'unknown error'
    return classifyFailure(event, neverSent.includes(why), why)
  }
}
