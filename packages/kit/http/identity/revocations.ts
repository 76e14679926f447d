/**
 * Users whose tokens from before a time are refused. An entry is forgotten when the tokens it refuses have expired, so that the
 * list is as long as the users who were disabled within `keepMs`.
 */
export class Revocations {
  readonly #keepMs: number
  readonly #notBefore = new Map<string, number>()

  /** `keepMs`: the longest life of an access token, and the skew of clocks. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs
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
