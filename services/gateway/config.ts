import {
  bool,
  bytes,
  type ConfigOf,
  checkAuth,
  checkKafka,
  defineConfig,
  duration,
  httpVariables,
  int,
  parsed,
  processVariables,
  serviceUrls,
} from '@relevo/kit'
import { trustedProxies } from './limits/clientAddress.ts'

const limitVariables = {
  requestsPerAddress: int('RATE_LIMIT_PER_ADDRESS', {
    default: 2_000,
    min: 1,
    doc: 'Requests that one address (of IPv6 one /64) may send in RATE_LIMIT_WINDOW_SECONDS',
  }),
  requestsPerUser: int('RATE_LIMIT_PER_USER', {
    default: 1_000,
    min: 1,
    doc: 'Requests that one user may send in that time, from wherever',
  }),
  rateWindowSeconds: int('RATE_LIMIT_WINDOW_SECONDS', {
    default: 10,
    min: 1,
    max: 3_600,
    doc: 'The time that the rate limits are for',
  }),
  inFlightPerAddress: int('IN_FLIGHT_PER_ADDRESS', {
    default: 64,
    min: 1,
    doc: 'Requests of one address that are answered at once; its event streams are counted for themselves',
  }),
  streamsPerAddress: int('STREAMS_PER_ADDRESS', {
    default: 10,
    min: 1,
    doc: 'Event streams that one address may have open',
  }),
  maxStreams: int('MAX_STREAMS', {
    default: 100,
    min: 1,
    max: 900,
    doc: 'Event streams of each service that may be open',
  }),
  trustedProxies: parsed(
    'TRUSTED_PROXIES',
    {
      optional: true,
      doc: 'Networks, as 10.0.0.0/8, of the proxies before this one: their X-Forwarded-For tells who the client is',
    },
    { kind: 'list of networks', parse: (text) => trustedProxies(text.split(',')) },
  ),
  corsOrigins: parsed(
    'CORS_ORIGINS',
    {
      optional: true,
      doc: 'Origins of other web pages that may use this API, as https://shop.example; not set: none',
    },
    { kind: 'list of origins', parse: (text) => text.split(',').map(parseOrigin) },
  ),
}

const backendVariables = {
  services: serviceUrls('GATEWAY_SERVICES', {
    default: [],
    doc: 'The services that are there: name=base URL, by commas. npm start and the chart make it of what is there',
  }),
  inFlightPerService: int('IN_FLIGHT_PER_SERVICE', {
    default: 256,
    min: 1,
    doc: 'Requests that a service is sent at once; those beyond are told 503 at once',
  }),
  maxBodyBytes: bytes('MAX_BODY_BYTES', {
    default: 2_097_152,
    min: 1,
    doc: 'Largest request body that is passed on; services have bounds of their own below',
  }),
  maxBodiesBytes: bytes('MAX_BODIES_BYTES', {
    default: 67_108_864,
    min: 1,
    doc: 'Bytes of request bodies that are held at once; those beyond are told 503',
  }),
  responseTimeoutMs: duration('RESPONSE_TIMEOUT_MS', {
    default: 30_000,
    min: 10,
    doc: 'How long a service may take to begin its answer, and between two pieces of it',
  }),
  answerTimeoutMs: duration('ANSWER_TIMEOUT_MS', {
    default: 60_000,
    min: 10,
    doc: 'How long an answer may take until the client has it whole; event streams have no such bound',
  }),
  breakerFailures: int('BREAKER_FAILURES', {
    default: 5,
    min: 1,
    doc: 'Failures in a row (no connection, a broken one, no answer in time) after which a service is left alone',
  }),
  breakerOpenMs: duration('BREAKER_OPEN_MS', {
    default: 2_000,
    min: 10,
    doc: 'How long it is left alone before one request tries again',
  }),
}

/** What the gateway can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(8000),
    ...backendVariables,
    ...limitVariables,
    accessLog: bool('ACCESS_LOG', {
      default: true,
      doc: 'Log each request by its route, without addresses, tokens, queries or bodies',
    }),
  },
  checkAuth,
  checkKafka,
)

export type GatewayConfig = ConfigOf<typeof config>

function parseOrigin(text: string): string {
  const origin = text.trim()
  if (!URL.canParse(origin) || new URL(origin).origin !== origin)
    throw new Error('a list of origins, as https://shop.example')
  return origin
}
