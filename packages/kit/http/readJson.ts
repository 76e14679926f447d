import express, { type RequestHandler } from 'express'
import { ServiceError } from '../serviceError.ts'
import type { Endpoint } from './endpoint.ts'
import { keyHeader, sha256 } from './idempotency/idempotencyKey.ts'
import { requestContext } from './requestContext.ts'

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?$/i

/**
 * Reads the body into `request.body` as JSON of any type. Unlike express.json it refuses bytes that are not
 * UTF-8, which that would replace by U+FFFD without a word.
 */
export function readJson(
  { method, bodyTypes, parseBody = (text) => JSON.parse(text) }: Endpoint,
  limitBytes: number,
): RequestHandler[] {
  return [
    requireJson(method, bodyTypes),
    express.raw({ type: () => true, limit: limitBytes }),
    parse(parseBody),
  ]
}

function requireJson(method: Endpoint['method'], types?: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    checkJsonType(request.headers['content-type'], method, types)
    next()
  }
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
export function checkJsonType(
  given = '',
  method: Endpoint['method'] = 'post',
  types: readonly string[] = [],
): void {
  const type = given.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (jsonType.test(given) && (types.length === 0 || types.includes(type))) return
  const [preferred = 'application/json'] = types
  const header = method === 'patch' ? 'accept-patch' : 'accept-post'
  throw new ServiceError('unsupportedMediaType', `Send the body as ${preferred} in UTF-8.`, {
    headers: { [header]: types.join(', ') || preferred },
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
