import { Counter, type Registry } from 'prom-client'
import type { Logger } from '../../process/logger.ts'
import { ServiceError } from '../../serviceError.ts'
import type { GuardedRequest } from '../guard.ts'
import type { Identity } from './identity.ts'
import { KeySet, type LoadKeys, loadFrom } from './keySet.ts'
import { Revocations } from './revocations.ts'
import { TokenError, type TokenFault, tokenFaults } from './tokenError.ts'
import { VerifiedTokens } from './verifiedTokens.ts'
import { verifyToken } from './verifyToken.ts'

export interface IdentitySettings {
  readonly auth: 'on' | 'off'
  readonly authJwksUrl: string
  readonly authIssuer: string
  readonly authAudience: string
}

export interface IdentityHost {
  readonly logger: Logger
  readonly registry: Registry
  /** Asks AUTH_JWKS_URL. */
  readonly fetch?: typeof globalThis.fetch
}

/** Tells who sends a request, by its access token. */
export class Identities {
  /** AUTH=off: whoever has no valid token is let in, too. */
  readonly required: boolean
  /** Users who were disabled or deleted, as far as it was heard. */
  readonly revocations = new Revocations()
  readonly #settings: IdentitySettings
  readonly #logger: Logger
  readonly #refused: Counter
  readonly #verified = new VerifiedTokens()
  #keys: KeySet

  constructor(settings: IdentitySettings, { logger, registry, fetch }: IdentityHost) {
    this.required = settings.auth === 'on'
    this.#settings = settings
    this.#logger = logger
    this.#keys = new KeySet({
      load: loadFrom(new URL(settings.authJwksUrl), { ...(fetch && { fetch }) }),
      logger,
    })
    this.#refused = new Counter({
      name: 'relevo_access_tokens_refused_total',
      help: 'Access tokens refused, by the reason',
      labelNames: ['fault'],
      registers: [registry],
    })
    for (const fault of tokenFaults) this.#refused.inc({ fault }, 0)
  }

  /** Takes the keys from here instead of AUTH_JWKS_URL: for the issuer itself. */
  loadKeysBy(load: LoadKeys): void {
    this.#keys = new KeySet({ load, logger: this.#logger, cooldownMs: 0 })
  }

  /**
   * Who sends the request; undefined when it has no token.
   * @throws ServiceError `unauthenticated` when the token is not valid, with no word of why; `unavailable` without keys.
   */
  async identify(request: Pick<GuardedRequest, 'headers'>): Promise<Identity | undefined> {
    const token = bearerToken(request.headers.authorization)
    return token === undefined ? undefined : await this.verify(token)
  }

  /** @throws as `identify`. */
  async verify(token: string): Promise<Identity> {
    const { authIssuer: issuer, authAudience: audience } = this.#settings
    await this.revocations.heard
    try {
      return await verifyToken(token, {
        issuer,
        audience,
        keys: this.#keys,
        revocations: this.revocations,
        verified: this.#verified,
      })
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      this.#tell(error.fault)
      throw invalidToken()
    }
  }

  #tell(fault: TokenFault): void {
    this.#refused.inc({ fault })
    this.#logger.info({ fault }, 'access token refused')
  }
}

/** The token of `Authorization: Bearer`; whether it is one at all is for the verification to say. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}

export function noToken(): ServiceError {
  return new ServiceError('unauthenticated', 'Send Authorization: Bearer with an access token.', {
    headers: { 'www-authenticate': 'Bearer' },
  })
}

function invalidToken(): ServiceError {
  return new ServiceError('unauthenticated', 'The access token is not valid. Get a new one.', {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}
