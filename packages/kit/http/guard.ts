import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Request, RequestHandler } from 'express'
import { ServiceError } from '../serviceError.ts'
import type { Endpoint } from './endpoint.ts'
import { type Identities, noToken } from './identity/identities.ts'
import { hasRole, type Identity, operatorIdentity, type Role } from './identity/identity.ts'
import type { RequestContext } from './requestContext.ts'

/** What of a request decides whether it is let through. */
export interface GuardedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** The address the connection comes from. */
  readonly remote: string
}

export interface GuardSettings {
  /** The address that is listened on. */
  readonly host: string
  /** Read at each request, so that a new token holds at once; undefined: there is none. */
  readonly operatorToken: () => string | undefined
  /** Tells who sends a request; without it there are no endpoints for customers and admins. */
  readonly identities?: Identities | undefined
  /** Origins of other web pages that may change a state here; default: none. */
  readonly origins?: readonly string[] | undefined
}

/** Refuses requests that a browser sends for a foreign page, and addresses with text that nothing here can store. */
export function guardRequests(settings: GuardSettings): RequestHandler {
  return (request, _response, next) => {
    const guarded = guardedRequest(request)
    checkUrl(guarded.url)
    checkHost(guarded, settings)
    checkSite(guarded, settings)
    next()
  }
}

/** Lets through to an endpoint who has its role, and tells its handler who it is. */
export function guardEndpoint(endpoint: Endpoint, settings: GuardSettings): RequestHandler {
  const { role } = endpoint
  if (role !== undefined && role !== 'operator' && settings.identities === undefined)
    throw new Error(`${endpoint.path} is for the role ${role}: give the app what tells who asks.`)
  return async (request, response, next) => {
    const guarded = guardedRequest(request)
    if (endpoint.method !== 'get' && !endpoint.body) checkNoBody(guarded)
    const { context } = response.locals as { context: RequestContext }
    context.identity = await checkRole(endpoint, guarded, settings)
    next()
  }
}

/**
 * Who sends a request to the endpoint, if that is known.
 * @throws ServiceError `unauthenticated` or `forbidden` unless the request may do what the endpoint does.
 */
export async function checkRole(
  endpoint: GuardedEndpoint,
  request: GuardedRequest,
  settings: GuardSettings,
): Promise<Identity | undefined> {
  const { identities } = settings
  const isLocal = endpoint.role === 'operator' && !identities?.required && isOperator(request, settings)
  if (identities === undefined || isLocal) {
    if (endpoint.role === 'operator') checkOperator(request, settings)
    return undefined
  }
  const needed = neededRole(endpoint, identities)
  if (needed === undefined) return undefined
  // One that does not hold is refused with AUTH=off as well: nobody is to believe that it did.
  const identity = hasOperatorToken(request, settings) ? operatorIdentity : await identities.identify(request)
  if (!identities.required && identity === undefined) {
    if (endpoint.role === 'operator') checkOperator(request, settings)
    return undefined
  }
  if (identity === undefined) throw noToken()
  if (!hasRole(identity, needed)) throw new ServiceError('forbidden', `This is for the role ${needed}.`)
  return identity
}

type GuardedEndpoint = Pick<Endpoint, 'role' | 'access' | 'scraped'>

/** The least role that may call it; undefined: it is for everybody. */
function neededRole({ role, access, scraped }: GuardedEndpoint, { required }: Identities): Role | undefined {
  if (role !== undefined) return role
  if (access !== undefined) return access === 'public' ? undefined : access
  // Closed by default.
  return required && !scraped ? 'operator' : undefined
}

export function guardedRequest({ method, url, headers, socket }: Request): GuardedRequest {
  return { method, url, headers, remote: socket.remoteAddress ?? '' }
}

/**
 * Checks the path and the query as every body is checked.
 * @throws ServiceError `badRequest` when they hold U+0000, or bytes that are no UTF-8.
 */
export function checkUrl(url: string): void {
  let text: string
  try {
    text = decodeURIComponent(url)
  } catch (cause) {
    throw new ServiceError('badRequest', 'The address is malformed: it must be percent-encoded UTF-8.', {
      cause,
    })
  }
  if (text.includes('\0')) throw new ServiceError('badRequest', 'The address must not hold U+0000.')
}

/** A page of an attacker whose name has come to mean this machine (DNS rebinding) is known by the name it asks for. */
export function checkHost({ headers }: GuardedRequest, { host }: GuardSettings): void {
  if (!isLoopback(host)) return
  const asked = headers.host?.replace(/:\d+$/, '') ?? ''
  if (asked === '' || isLoopback(asked)) return
  throw new ServiceError('forbidden', `This service answers as localhost only, not as "${asked}".`)
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A state is changed by no page but those of the service itself; programs send neither of these headers. */
export function checkSite(
  { method, headers }: GuardedRequest,
  { origins = [] }: Pick<GuardSettings, 'origins'> = {},
): void {
  if (safeMethods.has(method)) return
  if (headers.origin !== undefined && origins.includes(headers.origin)) return
  const site = headers['sec-fetch-site']
  const foreign = site === undefined ? isForeign(headers) : site !== 'same-origin' && site !== 'none'
  if (foreign) throw new ServiceError('forbidden', 'Requests of other web pages are refused.')
}

function isForeign({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== host
}

const jsonType = /^application\/(?:[\w.+-]+\+)?json\b/i

/** A form or a text is what a foreign page can send without being asked first. */
function checkNoBody({ headers }: GuardedRequest): void {
  const type = headers['content-type']
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (type === undefined ? hasBody : !jsonType.test(type))
    throw new ServiceError('unsupportedMediaType', 'Send no body, or application/json.')
}

/** @throws ServiceError `unauthenticated` or `forbidden` unless the request is an operator's. */
export function checkOperator(request: GuardedRequest, settings: GuardSettings): void {
  if (isOperator(request, settings)) return
  if (settings.operatorToken() === undefined)
    throw new ServiceError(
      'forbidden',
      'Without OPERATOR_TOKEN set, this is for connections from the same machine only. Set it, and send Authorization: Bearer.',
    )
  throw new ServiceError('unauthenticated', 'Send Authorization: Bearer with the token of OPERATOR_TOKEN.', {
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** Has the request the token of operators? Without one, it comes from this machine, and through no gateway. */
export function isOperator(request: GuardedRequest, settings: GuardSettings): boolean {
  if (settings.operatorToken() !== undefined) return hasOperatorToken(request, settings)
  const { headers, remote } = request
  return isLoopback(remote) && !headers['x-forwarded-for'] && !headers.forwarded
}

function hasOperatorToken({ headers }: GuardedRequest, settings: GuardSettings): boolean {
  const token = settings.operatorToken()
  if (token === undefined) return false
  const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

/** Of one length, as the comparison wants it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/^::ffff:/, '')
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
  )
}
