import { type CryptoKey, importJWK } from 'jose'
import { z } from 'zod'
import type { Logger } from '../../process/logger.ts'
import { ServiceError } from '../../serviceError.ts'
import { readText } from '../readAnswer.ts'

/** Never a path, a URL or a statement, whatever a key is looked up by. */
export const keyIdForm = /^[\w-]{1,64}$/

const mostKeys = 16

const jwks = z.object({ keys: z.array(z.looseObject({})).max(mostKeys) })

/** Members of a public key that verifies: what else is in a set is passed over. */
const verificationKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/),
  kid: z.string().regex(keyIdForm),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
})

export type VerificationKey = z.output<typeof verificationKey>

/** The keys that there are now, as JWKS (RFC 7517). */
export type LoadKeys = () => Promise<unknown>

export interface KeySetOptions {
  readonly load: LoadKeys
  readonly logger: Logger
  /** Age after which the keys are loaded again, while the old ones serve. Default: 5 minutes. */
  readonly maxAgeMs?: number
  /** Least time between two loads, whatever is asked for. Default: 5 s, within which an issuer publishes no key that signs. */
  readonly cooldownMs?: number
  readonly now?: () => number
}

/**
 * The issuer's keys by their ids. A key that is not known has them reloaded, at most once each `cooldownMs`; while they cannot
 * be loaded, the last good set holds.
 */
export class KeySet {
  readonly #options: Required<KeySetOptions>
  #keys: ReadonlyMap<string, CryptoKey> | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<void> | undefined

  constructor(options: KeySetOptions) {
    this.#options = { maxAgeMs: 300_000, cooldownMs: 5_000, now: Date.now, ...options }
  }

  /** @throws ServiceError `unavailable` while no set could be loaded yet. */
  async find(keyId: string): Promise<CryptoKey | undefined> {
    const known = this.#keys?.get(keyId)
    if (known === undefined) await this.#load()
    else if (this.#age() > this.#options.maxAgeMs) void this.#load()
    const keys = this.#keys
    if (keys === undefined)
      throw new ServiceError(
        'unavailable',
        'The keys of access tokens cannot be had just now. Try again later.',
        {
          headers: { 'retry-after': '5' },
        },
      )
    return keys.get(keyId)
  }

  #age(): number {
    return this.#options.now() - this.#loadedAt
  }

  #load(): Promise<void> {
    const { now, cooldownMs } = this.#options
    if (this.#loading === undefined && now() - this.#triedAt < cooldownMs) return Promise.resolve()
    this.#loading ??= this.#loadNow().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #loadNow(): Promise<void> {
    const { load, logger, now } = this.#options
    this.#triedAt = now()
    try {
      this.#keys = await importKeys(await load())
      this.#loadedAt = now()
    } catch (err) {
      logger.warn(
        { err, keys: this.#keys?.size ?? 0 },
        'keys of access tokens not loaded; the last ones hold',
      )
    }
  }
}

async function importKeys(set: unknown): Promise<ReadonlyMap<string, CryptoKey>> {
  const keys = new Map<string, CryptoKey>()
  for (const member of jwks.parse(set).keys) {
    const key = verificationKey.safeParse(member)
    // `x` is checked to be 32 bytes; what is no point of the curve verifies nothing.
    if (key.success) keys.set(key.data.kid, (await importJWK(key.data, 'EdDSA')) as CryptoKey)
  }
  if (keys.size === 0) throw new Error('The set holds no Ed25519 key of use "sig".')
  return keys
}

const mostBytes = 65_536

/** Loads a set by HTTP: no redirect is followed, and neither time nor size is without bound. */
export function loadFrom(
  url: URL,
  {
    fetch = globalThis.fetch,
    timeoutMs = 3_000,
  }: { fetch?: typeof globalThis.fetch; timeoutMs?: number } = {},
): LoadKeys {
  return async () => {
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (!response.ok) throw new Error(`${url.origin} answers ${response.status}.`)
    const text = await readText(response, mostBytes)
    if (text === undefined) throw new Error(`The set of keys has more than ${mostBytes} bytes.`)
    return JSON.parse(text)
  }
}
