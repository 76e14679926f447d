import type { CryptoKey } from 'jose'
import type { Identity } from './identity.ts'

/** Of each key: one has some 600 bytes. */
const most = 2_000

/**
 * Tokens whose signature and claims were found to be good, by their key: a client sends the same one for minutes, and to verify a
 * signature is a fifth of what the gateway does for a request. Whatever changes with time is for the caller to look at again; when the
 * keys are reloaded, all of it is forgotten.
 */
export class VerifiedTokens {
  readonly #byKey = new WeakMap<CryptoKey, Map<string, Identity>>()

  find(key: CryptoKey, token: string): Identity | undefined {
    return this.#byKey.get(key)?.get(token)
  }

  /** The oldest makes room. */
  keep(key: CryptoKey, token: string, identity: Identity): void {
    const tokens = this.#byKey.get(key) ?? new Map<string, Identity>()
    this.#byKey.set(key, tokens)
    const [oldest] = tokens.size >= most ? tokens.keys() : []
    if (oldest !== undefined) tokens.delete(oldest)
    tokens.set(token, identity)
  }
}
