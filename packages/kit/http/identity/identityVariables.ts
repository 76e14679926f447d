import { kafkaVariables } from '../../config/kafkaVariables.ts'
import type { Environment } from '../../config/loadConfig.ts'
import { addresses, list, oneOf, string, url } from '../../config/variable.ts'
import { isLoopback } from '../guard.ts'

/** Kafka variables for services that only verify tokens; a service that uses Kafka has its own instead. */
const optionalKafka = {
  ...kafkaVariables('relevo'),
  kafkaBrokers: addresses('KAFKA_BROKERS', {
    optional: true,
    doc: 'host:port of the brokers to contact first, to learn of disabled and erased users',
  }),
}

/** Variables of every service that answers HTTP: who sends a request. They are among `httpVariables`. */
export const identityVariables = {
  ...optionalKafka,
  auth: oneOf('AUTH', ['on', 'off'], {
    default: 'off',
    doc: 'Whether each request has to be authenticated; off lets everybody in, and is only for connections from this machine',
  }),
  authJwksUrl: url('AUTH_JWKS_URL', ['http', 'https'], {
    default: 'http://localhost:5007/.well-known/jwks.json',
    doc: 'URL of the keys of access tokens (JWKS)',
  }),
  authIssuer: string('AUTH_ISSUER', { default: 'relevo-users', doc: 'The issuer of access tokens' }),
  authAudience: string('AUTH_AUDIENCE', { default: 'relevo', doc: 'The audience of access tokens' }),
  revocationTopics: list('REVOCATION_TOPICS', {
    default: ['USER_DISABLED', 'USER_DELETED'],
    doc: 'Topics of users whose access tokens have to be refused; consumed with AUTH=on, if KAFKA_BROKERS is set',
  }),
}

/** A service that lets everybody in must not listen for everybody. */
export function checkAuth(env: Environment): string[] {
  const host = env.HOST || '127.0.0.1'
  if ((env.AUTH || 'off') !== 'off' || isLoopback(host)) return []
  return [
    `AUTH must be on where HOST is "${host}": off lets everybody in, and only HOST=127.0.0.1 keeps others out`,
  ]
}
