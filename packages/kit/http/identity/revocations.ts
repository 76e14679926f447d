/** Verifiers let no token live longer than an hour, and clocks differ by at most a minute. */
export const longestTokenMs = 3_600_000
export const mostSkewMs = 60_000
/** For how long a revocation matters: as long as a token lives that was issued just before it. */
export const keepRevocationsMs = longestTokenMs + 2 * mostSkewMs

/**
 * Users whose tokens from before a time are refused. An entry is forgotten when the tokens it refuses have expired, so that the
 * list is as long as the users who were disabled within `keepMs`.
 */
export class Revocations {
  readonly #keepMs: number
  readonly #notBefore = new Map<string, number>()
  #heard: Promise<unknown> = Promise.resolve()

  /** `keepMs`: the longest life of an access token, and the skew of clocks. */
  constructor(keepMs = keepRevocationsMs) {
    this.#keepMs = keepMs
  }

  /** What was revoked before is known when this resolves, or cannot be known just now. */
  get heard(): Promise<unknown> {
    return this.#heard
  }

  /** Has verifications wait. */
  holdUntil(heard: Promise<unknown>): void {
    this.#heard = heard
  }

  /** Refuses every token that the user was issued up to `at`, in milliseconds since 1970. */
  add(subject: string, at: number, now = Date.now()): void {
    const latest = Math.max(at, this.#notBefore.get(subject) ?? 0)
    this.#notBefore.delete(subject)
    if (latest > now - this.#keepMs) this.#notBefore.set(subject, latest)
    this.#forget(now)
  }

  /** Was a token, issued at this second, revoked? `iat` has no fractions: one of the very second counts as from before. */
  isRevoked(subject: string, issuedAt: number): boolean {
    const at = this.#notBefore.get(subject)
    return at !== undefined && issuedAt * 1000 <= at
  }

  get size(): number {
    return this.#notBefore.size
  }

  #forget(now: number): void {
    // They were put in about in the order of their times.
    for (const [subject, at] of this.#notBefore) {
      if (at > now - this.#keepMs) return
      this.#notBefore.delete(subject)
    }
  }
}
