import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type pg from 'pg'
import { findSecretKey, insertSecretKey } from '../sql/secretKeys.ts'
import type { MasterKeys } from './masterKeys.ts'

/** Hashes that nobody makes without the key: of addresses, of what is searched for, and of mails, whose codes they are. */
export class KeyedHash {
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
  }

  of(purpose: 'address' | 'search' | 'attempt' | 'code', text: string): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([purpose, text]))
      .digest()
  }

  /** What the link in a mail holds. */
  codeOf(mailId: string): string {
    return `${mailId}.${this.of('code', mailId).toString('base64url')}`
  }

  /** The id of the mail that a code is of. */
  mailOf(code: string): string | undefined {
    const [, mailId = '', hash = ''] = /^([0-9a-f-]{36})\.([\w-]{43})$/.exec(code) ?? []
    const given = Buffer.from(hash, 'base64url')
    const expected = this.of('code', mailId)
    return given.length === expected.length && timingSafeEqual(given, expected) ? mailId : undefined
  }
}

const name = 'keyed-hash'

/** The key of this database, which is made when there is none. */
export async function openKeyedHash(pool: pg.Pool, masterKeys: MasterKeys): Promise<KeyedHash> {
  await insertSecretKey(pool, name, masterKeys.wrap(name, randomBytes(32)))
  return new KeyedHash(masterKeys.unwrap(name, await findSecretKey(pool, name)))
}
