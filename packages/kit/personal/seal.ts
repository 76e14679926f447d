import { randomBytes } from 'node:crypto'
import { decrypt, encrypt, overheadBytes } from './encrypt.ts'

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

const keyBytes = 32
const prefix = 'sealed.v1.'

export function newKey(): Buffer {
  return randomBytes(keyBytes)
}

/** Encrypts a text with AES-256-GCM: `sealed.v1.` and base64url of nonce, ciphertext and tag. */
export function sealText(key: Uint8Array, place: SealedPlace, text: string): string {
  return prefix + encrypt(key, boundTo(place), Buffer.from(text)).toString('base64url')
}

/** @throws PersonalDataError. */
export function openText(key: Uint8Array, place: SealedPlace, sealed: string): string {
  const bytes = sealed.startsWith(prefix)
    ? Buffer.from(sealed.slice(prefix.length), 'base64url')
    : Buffer.alloc(0)
  if (bytes.length < overheadBytes) throw new PersonalDataError('This is no sealed text.')
  try {
    return decrypt(key, boundTo(place), bytes).toString()
  } catch (cause) {
    throw new PersonalDataError('The sealed text cannot be opened with this key at this place.', { cause })
  }
}

/** JSON separates the parts, whatever they contain. */
function boundTo({ user, event, field }: SealedPlace): string {
  return JSON.stringify([user, event, field])
}
