import type { Environment } from '../../config/loadConfig.ts'
import { oneOf, string, url } from '../../config/variable.ts'
import { isLoopback } from '../guard.ts'

/** Variables of services that ask who sends a request: take them into its own by `...identityVariables`. */
export const identityVariables = {
  auth: oneOf('AUTH', ['on', 'off'], {
    default: 'off',
    doc: 'Whether access tokens are asked for; off, everybody is let in, which is for connections of this machine only',
  }),
  authJwksUrl: url('AUTH_JWKS_URL', ['http', 'https'], {
    default: 'http://localhost:5007/.well-known/jwks.json',
    doc: 'Where the keys of access tokens are published',
  }),
  authIssuer: string('AUTH_ISSUER', { default: 'relevo-users', doc: 'The issuer of access tokens' }),
  authAudience: string('AUTH_AUDIENCE', { default: 'relevo', doc: 'Whom access tokens are for' }),
}

/** A service that lets everybody in must not listen for everybody. */
export function checkAuth(env: Environment): string[] {
  const host = env.HOST || '127.0.0.1'
  if ((env.AUTH || 'off') !== 'off' || isLoopback(host)) return []
  return [
    `AUTH must be on where HOST is "${host}": off lets everybody in, and only HOST=127.0.0.1 keeps others out`,
  ]
}
