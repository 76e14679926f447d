import { ServiceError } from '@relevo/kit'
import { hashPassword, isPassword } from './password.ts'

export interface PasswordLimits {
  /** Hashes at once: each takes a thread of four that files and name look-ups need as well. */
  readonly atOnce: number
  /** Those that may wait. */
  readonly waiting: number
}

/** Hashes and checks passwords, a few at a time. */
export class Passwords {
  readonly #limits: PasswordLimits
  readonly #waiting: (() => void)[] = []
  #running = 0
  #unknown: Promise<string> | undefined

  constructor(limits: PasswordLimits) {
    this.#limits = limits
  }

  /** @throws ServiceError `tooManyRequests` when too many wait. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hashPassword(password))
  }

  /** Without a stored one it works as long, against one that nobody has. @throws as `hash`. */
  async check(password: string, stored: string | undefined): Promise<boolean> {
    this.#unknown ??= hashPassword(crypto.randomUUID())
    const against = stored ?? (await this.#unknown)
    const matches = await this.#inTurn(() => isPassword(password, against))
    return matches && stored !== undefined
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn()
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }

  /** A hash that ends passes its place to the next. */
  async #turn(): Promise<void> {
    const { atOnce, waiting } = this.#limits
    if (this.#running < atOnce) {
      this.#running++
      return
    }
    if (this.#waiting.length >= waiting) throw tooMany(2)
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

export function tooMany(seconds: number): ServiceError {
  return new ServiceError('tooManyRequests', `Too many requests. Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  })
}
