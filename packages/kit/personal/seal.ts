import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Where a sealed text belongs: anywhere else it does not open, so that nobody can move or exchange it. */
export interface SealedPlace {
  readonly user: string
  /** Id of the event that holds it. */
  readonly event: string
  readonly field: string
}

/** A text cannot be opened: it was altered, belongs elsewhere, or has another key. */
export class PersonalDataError extends Error {
  override readonly name = 'PersonalDataError'
}

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const prefix = 'sealed.v1.'

export function newKey(): Buffer {
  return randomBytes(keyBytes)
}

/** Encrypts a text with AES-256-GCM: `sealed.v1.` and base64url of nonce, ciphertext and tag. */
export function sealText(key: Uint8Array, place: SealedPlace, text: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(boundTo(place))
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return prefix + Buffer.concat(parts).toString('base64url')
}

/** @throws PersonalDataError. */
export function openText(key: Uint8Array, place: SealedPlace, sealed: string): string {
  const bytes = sealed.startsWith(prefix)
    ? Buffer.from(sealed.slice(prefix.length), 'base64url')
    : Buffer.alloc(0)
  if (bytes.length < nonceBytes + tagBytes) throw new PersonalDataError('This is no sealed text.')
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(boundTo(place)).setAuthTag(bytes.subarray(-tagBytes))
    const content = bytes.subarray(nonceBytes, -tagBytes)
    return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new PersonalDataError('The sealed text cannot be opened with this key at this place.', { cause })
  }
}

/** JSON keeps the parts apart whatever they hold. */
function boundTo({ user, event, field }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([user, event, field]))
}
