import express, { type RequestHandler } from 'express'
import { ServiceError } from '../serviceError.ts'
import { keyHeader, sha256 } from './idempotency/idempotencyKey.ts'
import { requestContext } from './requestContext.ts'

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?$/i

/**
 * Reads the body into `request.body` as JSON of any type. Unlike express.json it refuses bytes that are not
 * UTF-8, which that would replace by U+FFFD without a word.
 */
export function readJson(
  limitBytes: number,
  parseText: (text: string) => unknown = (text) => JSON.parse(text),
): RequestHandler[] {
  return [requireJson, express.raw({ type: () => true, limit: limitBytes }), parse(parseText)]
}

const requireJson: RequestHandler = (request, _response, next) => {
  checkJsonType(request.headers['content-type'])
  next()
}

const parse =
  (parseText: (text: string) => unknown): RequestHandler =>
  (request, response, next) => {
    // express.raw leaves the body undefined when there is none.
    const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array()
    if (request.headers[keyHeader] !== undefined) requestContext(response).bodyDigest = sha256(bytes)
    request.body = parseJson(bytes, parseText)
    next()
  }

/** @throws ServiceError `unsupportedMediaType`. */
export function checkJsonType(contentType: string | undefined): void {
  if (jsonType.test(contentType ?? '')) return
  throw new ServiceError('unsupportedMediaType', 'Send the body as application/json in UTF-8.', {
    headers: { 'accept-post': 'application/json' },
  })
}

/** @throws ServiceError `invalidJson`. */
export function parseJson(bytes: Uint8Array, parseText: (text: string) => unknown): unknown {
  try {
    return parseText(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ServiceError('invalidJson', 'The body is not valid JSON.', { cause })
  }
}
