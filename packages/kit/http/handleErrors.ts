import { OutboxError } from '@relevo/outbox'
import type { ErrorRequestHandler } from 'express'
import { isUnavailable } from '../database/databaseErrors.ts'
import { ServiceError } from '../serviceError.ts'
import type { ErrorStyle } from './errorStyle.ts'
import { requestContext } from './requestContext.ts'

/** Answers whatever a handler throws, in the service's style; what is not the client's fault is logged. */
export function handleErrors(style: ErrorStyle): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const { requestId, logger } = requestContext(response)
    const error = toServiceError(thrown)
    const facts = { err: thrown, method: request.method, path: request.path }
    if (error.status > 500) logger.warn(facts, 'request cannot be served just now')
    else if (error.status >= 500) logger.error(facts, 'request failed')
    else logger.debug({ ...facts, err: undefined, code: error.code }, 'request refused')
    if (response.headersSent) {
      response.destroy() // so that the client does not take half an answer for a whole one
      return
    }
    const { status, code, message } = error
    response.status(status).set({ 'content-type': style.contentType, ...error.headers })
    response.end(JSON.stringify(style.body({ status, code, message, requestId })))
  }
}

/** The error as this package says it; a fault of the service becomes one that shows no internals. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError && isForClients(error)) return error
  if (error instanceof OutboxError) return fromOutbox(error)
  if (isUnavailable(error))
    return new ServiceError('unavailable', 'The service cannot do this just now. Try again later.', {
      cause: error,
      headers: { 'retry-after': '1' },
    })
  return fromParser(error) ?? new ServiceError('internal', 'The service failed.', { cause: error })
}

/** An event that cannot be recorded is the client's fault, or the schema is not there yet. */
function fromOutbox(error: OutboxError): ServiceError {
  const { code, message } = error
  if (code === 'invalidEvent' || code === 'unstorable')
    return new ServiceError('invalidRequest', message, { cause: error })
  if (code === 'tooLarge') return new ServiceError('bodyTooLarge', message, { cause: error })
  return new ServiceError('unavailable', message, { cause: error, headers: { 'retry-after': '5' } })
}

function isForClients(error: ServiceError): boolean {
  return error.status < 500 || error.code === 'unavailable' || error.code === 'timeout'
}

/** Errors of express and of its body parser have the status of the answer. */
function fromParser(cause: unknown): ServiceError | undefined {
  const status = cause instanceof Error && 'status' in cause ? cause.status : undefined
  if (status === 413) return new ServiceError('bodyTooLarge', 'The body is too large.', { cause })
  if (status === 415)
    return new ServiceError('unsupportedMediaType', 'The content encoding is not supported.', { cause })
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ServiceError('badRequest', 'The request is malformed.', { cause })
  return undefined
}
