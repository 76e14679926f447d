import type { Request } from 'express'
import type { z } from 'zod'
import { ServiceError } from '../serviceError.ts'
import type { Call, Endpoint } from './endpoint.ts'
import { describeIssue, type ErrorTexts, type Place } from './errorTexts.ts'
import { checkJsonType, parseJson } from './readJson.ts'
import { requestContext } from './requestContext.ts'

/**
 * The parts of the request as the endpoint's schemas let them through.
 * @throws ServiceError `invalidRequest` with every reason, in the language of the texts.
 */
export function checkCall(endpoint: Endpoint, request: Request, texts: ErrorTexts): Call {
  const reasons: string[] = []
  const check = (place: Place, schema: z.ZodType | undefined, input: unknown): unknown =>
    schema === undefined ? input : checkPart(schema, input, { place, texts, reasons })
  const call = {
    params: check('params', endpoint.params, request.params),
    query: check('query', endpoint.query, request.query),
    headers: check('headers', endpoint.headers, request.headers),
    body: check('body', endpoint.body, request.body),
    context: requestContext(request.res as NonNullable<Request['res']>),
  }
  if (reasons.length > 0) throw new ServiceError('invalidRequest', texts.join(reasons))
  return call as unknown as Call
}

/**
 * Checks a JSON body as an endpoint with these schemas would, for a caller that forwards it.
 * @throws ServiceError `unsupportedMediaType`, `invalidJson`, or `invalidRequest` with every reason.
 */
export function checkBody(
  { body, parseBody = (text) => JSON.parse(text) }: Pick<Endpoint, 'body' | 'parseBody'>,
  { contentType, bytes }: { contentType: string | undefined; bytes: Uint8Array },
  texts: ErrorTexts,
): void {
  checkJsonType(contentType)
  const reasons: string[] = []
  if (body) checkPart(body, parseJson(bytes, parseBody), { place: 'body', texts, reasons })
  if (reasons.length > 0) throw new ServiceError('invalidRequest', texts.join(reasons))
}

interface PartContext {
  readonly place: Place
  readonly texts: ErrorTexts
  /** Gets what is wrong. */
  readonly reasons: string[]
}

function checkPart(schema: z.ZodType, input: unknown, { place, texts, reasons }: PartContext): unknown {
  const parsed = schema.safeParse(input, { error: (issue) => describeIssue(texts, place, issue) })
  if (!parsed.success) {
    reasons.push(...parsed.error.issues.map(({ message }) => message))
    return undefined
  }
  const path = place === 'body' ? findUnstorable(parsed.data) : undefined
  if (path !== undefined) reasons.push(texts.unstorable(texts.nameOf(place, path)))
  return parsed.data
}

/** The path of a text that Postgres cannot store, since it holds U+0000 or a lone surrogate. */
function findUnstorable(value: unknown, path: readonly string[] = []): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path.join('.')
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, part] of Object.entries(value)) {
    if (!isStorable(name)) return path.join('.')
    const found = findUnstorable(part, [...path, name])
    if (found !== undefined) return found
  }
  return undefined
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
