import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Role } from '@relevo/kit'
import { SignJWT } from 'jose'
import type pg from 'pg'
import { findAccount } from '../sql/accounts.ts'
import { deleteFamily, insertSession, lockSession, spendSession } from '../sql/sessions.ts'
import type { SigningKeys } from './signingKeys.ts'

export interface SessionRules {
  readonly issuer: string
  readonly audience: string
  readonly accessSeconds: number
  readonly refreshLifeMs: number
}

/** What a login or a refresh is answered with (RFC 6749, 5.1). */
export type Tokens = {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly refresh_token: string
}

interface Bearer {
  readonly id: string
  readonly role: Role
}

/** Issues access tokens, and refresh tokens that are of use once. */
export class Sessions {
  readonly #keys: SigningKeys
  readonly #rules: SessionRules

  constructor(keys: SigningKeys, rules: SessionRules) {
    this.#keys = keys
    this.#rules = rules
  }

  async begin(client: pg.PoolClient, user: Bearer): Promise<Tokens> {
    return this.#issue(client, user, randomUUID())
  }

  /** Undefined if the token is invalid; a reused one revokes all tokens of its login. */
  async refresh(client: pg.PoolClient, token: string): Promise<Tokens | undefined> {
    const digest = digestOf(token)
    const session = await lockSession(client, digest)
    if (session === undefined || session.expired) return undefined
    const { family, user_id: userId } = session
    const account = session.spent ? undefined : await findAccount(client, userId)
    if (account?.status !== 'active') {
      await deleteFamily(client, family)
      return undefined
    }
    await spendSession(client, digest)
    return this.#issue(client, account, family)
  }

  /** Ends the session of a token, and whatever descends from its login. */
  async end(client: pg.PoolClient, token: string): Promise<void> {
    const session = await lockSession(client, digestOf(token))
    if (session) await deleteFamily(client, session.family)
  }

  async #issue(client: pg.PoolClient, { id, role }: Bearer, family: string): Promise<Tokens> {
    const { issuer, audience, accessSeconds, refreshLifeMs } = this.#rules
    const { kid, key } = this.#keys.signer()
    const issuedAt = Math.floor(Date.now() / 1000)
    const access = await new SignJWT({ role })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(id)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + accessSeconds)
      .sign(key)
    const refresh = randomBytes(32).toString('base64url')
    await insertSession(client, { digest: digestOf(refresh), family, userId: id, lifeMs: refreshLifeMs })
    return { access_token: access, token_type: 'Bearer', expires_in: accessSeconds, refresh_token: refresh }
  }
}

/** A token is 32 random bytes: a plain hash of it tells nothing. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
