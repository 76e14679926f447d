// An issuer of access tokens for tests, which can also say what ours never would.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export interface TestIssuer {
  readonly keyId: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The keys as the users service publishes them. */
  readonly jwks: { readonly keys: readonly object[] }
  /** A good token but for what is changed; `undefined` takes a member away. */
  token(changes?: { readonly header?: object; readonly claims?: object }): string
}

export const testIssuerName = 'relevo-users'
export const testAudience = 'relevo'

export function createTestIssuer(keyId = 'key-1'): TestIssuer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'EdDSA', use: 'sig' }
  return {
    keyId,
    privateKey,
    publicKey,
    jwks: { keys: [jwk] },
    token: ({ header = {}, claims = {} } = {}) =>
      signed(
        JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid: keyId, ...header }),
        JSON.stringify({ ...goodClaims(), ...claims }),
        (input) => sign(null, input, privateKey),
      ),
  }
}

export function goodClaims() {
  const iat = Math.floor(Date.now() / 1000)
  const subject = { sub: 'b7d6f1a2-0000-4000-8000-000000000001', role: 'customer', jti: 'token-1' }
  return { iss: testIssuerName, aud: testAudience, ...subject, iat, exp: iat + 600 }
}

export function signed(
  header: string | Buffer,
  payload: string | Buffer,
  signer: (input: Buffer) => Buffer,
): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${signer(Buffer.from(input)).toString('base64url')}`
}

function encode(part: string | Buffer): string {
  return Buffer.from(part).toString('base64url')
}
