import { newKey, openText, sealText } from '@relevo/kit/personal'
import type { Queryable } from '@relevo/outbox'
import type { SealedFields } from '../domain/events.ts'
import { findPersonalKey, insertPersonalKey } from '../sql/personalKeys.ts'
import type { MasterKeys, Wrapped } from './masterKeys.ts'

/** The keys of users' personal data. */
export class PersonalKeys {
  readonly #masterKeys: MasterKeys

  constructor(masterKeys: MasterKeys) {
    this.#masterKeys = masterKeys
  }

  async create(client: Queryable, userId: string): Promise<Buffer> {
    const key = newKey()
    await insertPersonalKey(client, userId, this.#masterKeys.wrap(purposeOf(userId), key))
    return key
  }

  /** Undefined once the user is erased. */
  async find(client: Queryable, userId: string): Promise<Buffer | undefined> {
    const wrapped = await findPersonalKey(client, userId)
    return wrapped && this.unwrap(userId, wrapped)
  }

  unwrap(userId: string, wrapped: Wrapped): Buffer {
    return this.#masterKeys.unwrap(purposeOf(userId), wrapped)
  }
}

function purposeOf(userId: string): string {
  return `personal:${userId}`
}

interface Place {
  readonly user: string
  readonly event: string
}

export function sealFields(key: Uint8Array, place: Place, { name, email }: SealedFields): SealedFields {
  return {
    name: sealText(key, { ...place, field: 'name' }, name),
    email: sealText(key, { ...place, field: 'email' }, email),
  }
}

export function openFields(key: Uint8Array, place: Place, { name, email }: SealedFields): SealedFields {
  return {
    name: openText(key, { ...place, field: 'name' }, name),
    email: openText(key, { ...place, field: 'email' }, email),
  }
}
