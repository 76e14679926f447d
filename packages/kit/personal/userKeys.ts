import { z } from 'zod'
import { ServiceError } from '../serviceError.ts'
import { askUsers, type UsersService } from './askUsers.ts'

export interface UserKeysOptions extends Omit<UsersService, 'timeoutMs'> {
  /** For one key; default 2 s. */
  readonly timeoutMs?: number
  /** How long a key is kept, so that what is sealed opens no longer than that once its user is erased; default 60 s. */
  readonly keepMs?: number
}

interface Kept {
  readonly key: Buffer
  readonly until: number
}

const mostKept = 10_000
const mostBytes = 1_024
const answer = z.object({ key: z.base64url() })

/**
 * The keys of users' personal fields, for services that hold such fields: asked of the users service and kept for a minute, in memory
 * only. Erasing a user deletes the key there, and what was sealed with it opens nowhere any more.
 */
export class UserKeys {
  readonly #options: UserKeysOptions
  readonly #kept = new Map<string, Kept>()
  readonly #asking = new Map<string, Promise<Buffer | undefined>>()

  constructor(options: UserKeysOptions) {
    this.#options = options
  }

  /** Undefined: the user is erased, or never was. @throws ServiceError `unavailable` while the users service cannot say. */
  find(userId: string): Promise<Buffer | undefined> {
    const kept = this.#kept.get(userId)
    if (kept !== undefined && kept.until > Date.now()) return Promise.resolve(kept.key)
    const asked = this.#asking.get(userId) ?? this.#ask(userId).finally(() => this.#asking.delete(userId))
    this.#asking.set(userId, asked)
    return asked
  }

  /** Call it when a user was erased. */
  forget(userId: string): void {
    this.#kept.delete(userId)
  }

  async #ask(userId: string): Promise<Buffer | undefined> {
    const key = await this.#request(userId).catch((cause) => {
      throw new ServiceError(
        'unavailable',
        'The users service cannot be reached just now. Try again later.',
        {
          cause,
          headers: { 'retry-after': '1' },
        },
      )
    })
    this.#kept.delete(userId)
    if (key !== undefined) this.#keep(userId, key)
    return key
  }

  #keep(userId: string, key: Buffer): void {
    const { keepMs = 60_000 } = this.#options
    const now = Date.now()
    // They were put in in the order of their ends.
    for (const [id, { until }] of this.#kept) {
      if (until > now && this.#kept.size < mostKept) break
      this.#kept.delete(id)
    }
    this.#kept.set(userId, { key, until: now + keepMs })
  }

  async #request(userId: string): Promise<Buffer | undefined> {
    const { timeoutMs = 2_000, ...users } = this.#options
    const path = `/users/${encodeURIComponent(userId)}/key`
    const found = await askUsers({ ...users, timeoutMs }, { path, schema: answer, mostBytes })
    return found && Buffer.from(found.key, 'base64url')
  }
}
