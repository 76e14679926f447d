import { decrypt, encrypt } from '@relevo/kit/personal'

const purpose = 'session'

/** A text as only those who have the key (32 bytes) can make or read it, in base64url. */
export function seal(key: Buffer, text: string): string {
  return encrypt(key, purpose, Buffer.from(text)).toString('base64url')
}

/** Undefined for whatever was not sealed with this key, or was changed since. */
export function unseal(key: Buffer, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.toString('base64url') !== sealed) return undefined
  try {
    return decrypt(key, purpose, bytes).toString()
  } catch {
    return undefined
  }
}
