import { hash, randomBytes } from 'node:crypto'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** So many requests in so many seconds, of each address or of each user. */
export interface RatePolicy {
  readonly name: 'address' | 'user'
  readonly requests: number
  readonly windowSeconds: number
}

/** What of the policy is left to the one who asks. */
export interface RateVerdict {
  readonly isAllowed: boolean
  readonly remaining: number
  readonly resetSeconds: number
}

/**
 * Counts what each client sends. Clients share a fixed number of counters, so that many of them take no more memory; nobody can
 * choose whose counter to share, since a secret of this process decides.
 */
export class RateLimit {
  readonly policy: RatePolicy
  readonly #limiter: RateLimiterMemory
  readonly #secret = randomBytes(16).toString('hex')

  constructor(policy: RatePolicy) {
    this.policy = policy
    this.#limiter = new RateLimiterMemory({ points: policy.requests, duration: policy.windowSeconds })
  }

  async take(client: string): Promise<RateVerdict> {
    try {
      return verdictOf(await this.#limiter.consume(this.#counterOf(client)), true)
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return verdictOf(refused, false)
      throw refused
    }
  }

  /** One of 65,536. */
  #counterOf(client: string): number {
    return hash('sha256', this.#secret + client, 'buffer').readUInt16BE()
  }
}

function verdictOf({ remainingPoints, msBeforeNext }: RateLimiterRes, isAllowed: boolean): RateVerdict {
  return { isAllowed, remaining: remainingPoints, resetSeconds: Math.ceil(msBeforeNext / 1_000) }
}

/** The headers of draft-ietf-httpapi-ratelimit-headers-10. */
export function rateHeaders(
  limits: readonly (readonly [policy: RatePolicy, verdict: RateVerdict])[],
): Readonly<Record<string, string>> {
  return {
    'ratelimit-policy': limits
      .map(([{ name, requests, windowSeconds }]) => `"${name}";q=${requests};w=${windowSeconds}`)
      .join(', '),
    ratelimit: limits
      .map(([{ name }, { remaining, resetSeconds }]) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  }
}
