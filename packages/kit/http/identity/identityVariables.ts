import { kafkaVariables } from '../../config/kafkaVariables.ts'
import type { Environment } from '../../config/loadConfig.ts'
import { addresses, list, oneOf, string, url } from '../../config/variable.ts'
import { isLoopback } from '../guard.ts'

/** Kafka variables for services that only verify tokens; a service that uses Kafka has its own instead. */
const optionalKafka = {
  ...kafkaVariables('relevo'),
  kafkaBrokers: addresses('KAFKA_BROKERS', {
    optional: true,
    doc: 'host:port of the brokers asked first, by which it hears of users who were disabled or erased',
  }),
}

/** Variables of every service that answers HTTP: who sends a request. They are among `httpVariables`. */
export const identityVariables = {
  ...optionalKafka,
  auth: oneOf('AUTH', ['on', 'off'], {
    default: 'off',
    doc: 'Whether each request has to say who sends it; off, everybody is let in, which is for connections of this machine only',
  }),
  authJwksUrl: url('AUTH_JWKS_URL', ['http', 'https'], {
    default: 'http://localhost:5007/.well-known/jwks.json',
    doc: 'Where the keys of access tokens are published',
  }),
  authIssuer: string('AUTH_ISSUER', { default: 'relevo-users', doc: 'The issuer of access tokens' }),
  authAudience: string('AUTH_AUDIENCE', { default: 'relevo', doc: 'Whom access tokens are for' }),
  revocationTopics: list('REVOCATION_TOPICS', {
    default: ['USER_DISABLED', 'USER_DELETED'],
    doc: 'Topics that tell whose access tokens are to be refused from then on; heard with AUTH=on, where KAFKA_BROKERS is set',
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
