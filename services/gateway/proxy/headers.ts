import type { IncomingHttpHeaders } from 'node:http'
import type { Identity } from '@relevo/kit'

export type Headers = Readonly<Record<string, string | string[]>>

/** RFC 9110 section 7.6.1, and what older clients and servers take for such a header: they end at this hop. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]

/**
 * Of a request beside those: what the gateway says itself (who asks, and from where), what it has answered (`expect`), and what
 * browsers tell of the page, by which it has judged and a service would judge by another name.
 */
const ownOfRequests = [
  'host',
  'content-length',
  'expect',
  'forwarded',
  'origin',
  'x-real-ip',
  'x-request-id',
  'traceparent',
]
const ownPrefixes = ['x-user-', 'x-forwarded-', 'sec-fetch-', 'access-control-request-']

const requestDrops: ReadonlySet<string> = new Set([...hopByHop, ...ownOfRequests])
/** `date` is set again, and so is what the gateway says of every answer. */
const responseDrops: ReadonlySet<string> = new Set([
  ...hopByHop,
  'x-request-id',
  'ratelimit',
  'ratelimit-policy',
])

/** What the gateway says of a request. */
export interface Passage {
  readonly requestId: string
  readonly traceparent: string | undefined
  /** The client's address, with those of the proxies that it came by. */
  readonly forwardedFor: string
  readonly forwardedProto: string
  readonly forwardedHost: string | undefined
  /** Who it is, where that was verified; services verify it as well. */
  readonly identity: Identity | undefined
}

/** The headers that go on with a request. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  passage: Passage,
): Record<string, string | string[]> {
  const kept = without(headers, requestDrops, ownPrefixes)
  const { requestId, traceparent, forwardedFor, forwardedProto, forwardedHost, identity } = passage
  kept['x-request-id'] = requestId
  if (traceparent === undefined) delete kept.tracestate
  else kept.traceparent = traceparent
  kept['x-forwarded-for'] = forwardedFor
  kept['x-forwarded-proto'] = forwardedProto
  if (forwardedHost !== undefined) kept['x-forwarded-host'] = forwardedHost
  if (identity !== undefined) {
    kept['x-user-id'] = identity.subject
    kept['x-user-role'] = identity.role
  }
  return kept
}

/** The headers that come back with an answer. */
export function responseHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return without(headers, responseDrops, [])
}

function without(
  headers: IncomingHttpHeaders,
  drops: ReadonlySet<string>,
  prefixes: readonly string[],
): Record<string, string | string[]> {
  const named = namedByConnection(headers.connection)
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || drops.has(name) || named.has(name)) continue
    if (!prefixes.some((prefix) => name.startsWith(prefix))) kept[name] = value
  }
  return kept
}

/** Headers that a sender declares to be for the next hop only. */
function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  return new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()))
}
