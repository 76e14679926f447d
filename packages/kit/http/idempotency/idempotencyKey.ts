import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { z } from 'zod'
import type { Endpoint } from '../endpoint.ts'
import type { ErrorTexts } from '../errorTexts.ts'
import { requestContext } from '../requestContext.ts'
import type { Claim } from './sql/claimKey.ts'

export const keyHeader = 'idempotency-key'
const longestKey = 255

/** Takes it effect once for each Idempotency-Key? What operators command has no further effect when it is repeated. */
export function takesEffectOnce({ method, role, once }: Endpoint): boolean {
  return method === 'post' && role !== 'operator' && once !== false
}

/** The endpoint with the header, where it takes effect once. */
export function withIdempotencyKey(endpoint: Endpoint, texts: ErrorTexts): Endpoint {
  if (!takesEffectOnce(endpoint)) return endpoint
  const key = z
    .string()
    // HTTP takes the blanks off both ends.
    .regex(/^[!-~](?:[ -~]{0,253}[!-~])?$/, {
      error: texts.printable(texts.nameOf('headers', keyHeader), longestKey),
    })
    .meta({ description: texts.idempotencyKey, minLength: 1, maxLength: longestKey })
  return { ...endpoint, headers: (endpoint.headers ?? z.object({})).extend({ [keyHeader]: key.optional() }) }
}

/** What a request to an endpoint that takes effect once is known by; undefined without an Idempotency-Key. */
export function claimOf({ method, path }: Endpoint, request: Request): Claim | undefined {
  const key = request.headers[keyHeader]
  if (key === undefined) return undefined
  const { bodyDigest } = requestContext(request.res as NonNullable<Request['res']>)
  return {
    key: sha256(`${method} ${path}\n${key}`),
    request: sha256(request.originalUrl, '\n', bodyDigest ?? ''),
  }
}

export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
