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
    doc: 'Requests that one user may send in that time, from any address',
  }),
  rateWindowSeconds: int('RATE_LIMIT_WINDOW_SECONDS', {
    default: 10,
    min: 1,
    max: 3_600,
    doc: 'The window of the rate limits',
  }),
  inFlightPerAddress: int('IN_FLIGHT_PER_ADDRESS', {
    default: 64,
    min: 1,
    doc: 'Concurrent requests per address; event streams are counted separately',
  }),
  streamsPerAddress: int('STREAMS_PER_ADDRESS', {
    default: 10,
    min: 1,
    doc: 'Maximum number of open event streams per address',
  }),
  maxStreams: int('MAX_STREAMS', {
    default: 100,
    min: 1,
    max: 900,
    doc: 'Maximum number of open event streams per service',
  }),
  trustedProxies: parsed(
    'TRUSTED_PROXIES',
    {
      optional: true,
      doc: 'Networks, such as 10.0.0.0/8, of trusted proxies: their X-Forwarded-For names the client',
    },
    { kind: 'list of networks', parse: (text) => trustedProxies(text.split(',')) },
  ),
  corsOrigins: parsed(
    'CORS_ORIGINS',
    {
      optional: true,
      doc: 'Origins of other web pages that may use this API, such as https://shop.example; not set: none',
    },
    { kind: 'list of origins', parse: (text) => text.split(',').map(parseOrigin) },
  ),
}

const backendVariables = {
  services: serviceUrls('GATEWAY_SERVICES', {
    default: [],
    doc: 'The installed services: comma-separated name=base URL. npm start and the chart set it',
  }),
  inFlightPerService: int('IN_FLIGHT_PER_SERVICE', {
    default: 256,
    min: 1,
    doc: 'Concurrent requests per service; beyond that requests get 503 at once',
  }),
  maxBodyBytes: bytes('MAX_BODY_BYTES', {
    default: 2_097_152,
    min: 1,
    doc: 'Largest request body that is forwarded; services have lower limits of their own',
  }),
  maxBodiesBytes: bytes('MAX_BODIES_BYTES', {
    default: 67_108_864,
    min: 1,
    doc: 'Bytes of request bodies held at once; beyond that requests get 503',
  }),
  responseTimeoutMs: duration('RESPONSE_TIMEOUT_MS', {
    default: 30_000,
    min: 10,
    doc: 'How long a service may take to begin its answer, and between two pieces of it',
  }),
  answerTimeoutMs: duration('ANSWER_TIMEOUT_MS', {
    default: 60_000,
    min: 10,
    doc: 'How long an answer may take until the client has all of it; event streams have no such limit',
  }),
  breakerFailures: int('BREAKER_FAILURES', {
    default: 5,
    min: 1,
    doc: "Failures in a row (no connection, a broken one, no answer in time) that open a service's breaker",
  }),
  breakerOpenMs: duration('BREAKER_OPEN_MS', {
    default: 2_000,
    min: 10,
    doc: 'How long the breaker stays open before one request tries again',
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
