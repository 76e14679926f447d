import { identityVariables } from '../http/identity/identityVariables.ts'
import { tlsVariables } from '../http/tls/tlsVariables.ts'
import { logLevels } from '../process/logger.ts'
import { duration, int, oneOf, secret, secretFile, share, string, url } from './variable.ts'

/** Variables of every service: take them into its own by `...processVariables`. */
export const processVariables = {
  logLevel: oneOf('LOG_LEVEL', logLevels, {
    default: 'info',
    doc: 'Minimum level of log lines',
  }),
  shutdownDrainMs: duration('SHUTDOWN_DRAIN_MS', {
    default: 0,
    min: 0,
    doc: 'How long after SIGTERM it works on, is not ready, and tells clients with each answer to connect anew: where a load balancer takes time to learn that it is going',
  }),
  shutdownGraceMs: duration('SHUTDOWN_GRACE_MS', {
    default: 15_000,
    min: 100,
    doc: 'Time from the end of the drain after which the process ends even if work is still in flight',
  }),
  credentialsRefusedMs: duration('CREDENTIALS_REFUSED_MS', {
    default: 120_000,
    min: 100,
    doc: 'How long Postgres or Kafka may refuse the credentials before the process ends, to be restarted with new ones',
  }),
  otlpEndpoint: url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http', 'https'], {
    optional: true,
    doc: 'Where traces are sent (OTLP over HTTP, JSON), such as http://localhost:4318; not set: no tracing',
  }),
  tracesSampled: share('OTEL_TRACES_SAMPLER_ARG', {
    default: 0.01,
    doc: 'The share of requests to trace, with all that follows from them, unless the caller has decided',
  }),
}

/** The token of operators, who are also the platform's own processes and tools. */
export const operatorVariables = {
  operatorToken: secret('OPERATOR_TOKEN', {
    optional: true,
    doc: 'The operator token, sent as Authorization: Bearer; without one, whoever connects from the same machine is an operator',
  }),
  operatorTokenFile: secretFile('OPERATOR_TOKEN_FILE', {
    optional: true,
    doc: 'A file with that token instead, read again when it changes',
  }),
}

/** Variables of services that answer HTTP. Those of a service's Kafka come behind them. */
export function httpVariables(defaultPort: number) {
  return {
    ...identityVariables,
    ...operatorVariables,
    host: string('HOST', {
      default: '127.0.0.1',
      doc: 'Address to listen on; 0.0.0.0 for all, as in the image',
    }),
    port: int('PORT', { default: defaultPort, max: 65_535, doc: 'Port to listen on; 0: a free one' }),
    ...tlsVariables,
  }
}

/** Variables of services with a Postgres database. */
export const databaseVariables = {
  databaseUrl: url('DATABASE_URL', ['postgres', 'postgresql'], {
    doc: 'The Postgres database of this service',
  }),
  databasePasswordFile: secretFile('DATABASE_PASSWORD_FILE', {
    optional: true,
    doc: 'A file with the password, in place of the one in DATABASE_URL, read for each connection: it may change',
  }),
  databasePoolSize: int('DATABASE_POOL_SIZE', {
    default: 10,
    min: 1,
    max: 1_000,
    doc: 'Most connections to the database',
  }),
  databaseStatementTimeoutMs: duration('DATABASE_STATEMENT_TIMEOUT_MS', {
    default: 10_000,
    min: 1,
    doc: 'Postgres ends a statement that takes longer',
  }),
}
