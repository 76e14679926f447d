import { randomUUID } from 'node:crypto'
import type { Span } from '@opentelemetry/api'
import type { Origin } from '@relevo/origin'
import type { Request, Response } from 'express'
import type { Logger } from '../process/logger.ts'
import { type GuardedRequest, guardedRequest } from './guard.ts'
import type { Identity } from './identity/identity.ts'

/** What goes with a request through the service. */
export interface RequestContext {
  /** The client's x-request-id, or a new one; every answer carries it. */
  requestId: string
  /** The W3C trace context: the client's, if it sent a valid one; that of the span, where the request is traced. */
  traceparent: string | undefined
  span?: Span
  logger: Logger
  /** Who sends it, and how. */
  request: GuardedRequest
  /** Whose access token it has. With AUTH=off there may be none, whatever role the endpoint is for. */
  identity?: Identity | undefined
  /** SHA-256 of the body's bytes, unpacked; of a request with an Idempotency-Key. */
  bodyDigest?: Buffer
}

const requestIdForm = /^[\w.:-]{1,128}$/
const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

export function createRequestContext(request: Request, logger: Logger): RequestContext {
  const requestId = matching(request.headers['x-request-id'], requestIdForm) ?? randomUUID()
  const traceparent = matching(request.headers.traceparent, traceparentForm)
  return {
    requestId,
    traceparent,
    logger: logger.child({ requestId, ...(traceparent && { traceparent }) }),
    request: guardedRequest(request),
  }
}

function matching(value: string | string[] | undefined, form: RegExp): string | undefined {
  return typeof value === 'string' && form.test(value) ? value : undefined
}

/** What a request is to the events that are recorded for it. */
export function originOfRequest({ requestId, traceparent }: RequestContext): Origin {
  return { ce_causationid: `request:${requestId}`, ...(traceparent !== undefined && { traceparent }) }
}

/** The context of the request that is answered by `response`. */
export function requestContext(response: Response): RequestContext {
  return response.locals.context as RequestContext
}
