import { decrypt, encrypt } from '@relevo/kit/personal'

/** A secret, encrypted with a master key. */
export interface Wrapped {
  /** Id of the master key. */
  readonly masterKey: string
  readonly wrapped: Buffer
}

const form = /^([a-z0-9-]{1,32}):([A-Za-z0-9+/]{43}=)$/

/** What the repository itself holds: for a machine of one's own. */
export const developmentKeyId = 'development'

/**
 * The keys that encrypt all others, which never leave the environment. The first one encrypts, the others decrypt what was
 * encrypted before a rotation.
 */
export class MasterKeys {
  readonly #keys: ReadonlyMap<string, Buffer>
  readonly current: string

  constructor(keys: ReadonlyMap<string, Buffer>) {
    const [current] = keys.keys()
    if (current === undefined) throw new Error('There is no master key.')
    this.#keys = keys
    this.current = current
  }

  /** `purpose` names what is wrapped, and for whom: unwrapping as something else fails. */
  wrap(purpose: string, secret: Uint8Array): Wrapped {
    const wrapped = encrypt(this.#key(this.current), bound(purpose, this.current), secret)
    return { masterKey: this.current, wrapped }
  }

  /** @throws Error when the master key is not there, or it was wrapped as something else. */
  unwrap(purpose: string, { masterKey, wrapped }: Wrapped): Buffer {
    return decrypt(this.#key(masterKey), bound(purpose, masterKey), wrapped)
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id)
    if (key === undefined)
      throw new Error(`The master key "${id}" is needed and is not in USERS_MASTER_KEYS.`)
    return key
  }
}

function bound(purpose: string, masterKey: string): string {
  return JSON.stringify([purpose, masterKey])
}

/** @throws Error whose message completes "USERS_MASTER_KEYS must be …"; it shows no key. */
export function parseMasterKeys(text: string): MasterKeys {
  const entries = text.split(',').map((item): [string, Buffer] => {
    const [, id, key] = form.exec(item.trim()) ?? []
    if (id === undefined || key === undefined)
      throw new Error(
        'id:key with commas between them, each key 32 bytes in base64 (openssl rand -base64 32)',
      )
    return [id, Buffer.from(key, 'base64')]
  })
  const keys = new Map(entries)
  if (keys.size !== entries.length) throw new Error('keys with an id of their own each')
  return new MasterKeys(keys)
}
