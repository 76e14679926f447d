import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const [nonceBytes, tagBytes] = [12, 16]
/** Of what is encrypted, without its content. */
export const overheadBytes = nonceBytes + tagBytes

/**
 * Encrypts with AES-256-GCM: nonce, ciphertext and tag in one.
 * @param key 32 bytes.
 * @param bound what it belongs to, which is not in it: it opens with nothing else.
 */
export function encrypt(key: Uint8Array, bound: string, content: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(bound))
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error for whatever was not encrypted with this key for this purpose, or was changed since. */
export function decrypt(key: Uint8Array, bound: string, encrypted: Uint8Array): Buffer {
  if (encrypted.length < overheadBytes) throw new Error('This is too short to be encrypted.')
  const nonce = encrypted.subarray(0, nonceBytes)
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(bound)).setAuthTag(encrypted.subarray(-tagBytes))
  return Buffer.concat([decipher.update(encrypted.subarray(nonceBytes, -tagBytes)), decipher.final()])
}
