// A vector for each line of RFC 8725, section 3, and a good token as control.
import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { CompactEncrypt, importJWK } from 'jose'
import { createLogger } from '../../process/logger.ts'
import { KeySet } from './keySet.ts'
import { Revocations } from './revocations.ts'
import { createTestIssuer, goodClaims, signed, testAudience, testIssuerName } from './testIssuer.ts'
import { TokenError, type TokenFault } from './tokenError.ts'
import { VerifiedTokens } from './verifiedTokens.ts'
import { mostTokenBytes, verifyToken } from './verifyToken.ts'

const issuer = createTestIssuer()
const logger = createLogger('test', 'silent')
const revocations = new Revocations(600_000)
const rules = {
  issuer: testIssuerName,
  audience: testAudience,
  keys: new KeySet({ load: async () => issuer.jwks, logger }),
  revocations,
}
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: issuer.keyId }
const claims = goodClaims()
const now = () => Math.floor(Date.now() / 1000)
const byKey = (input: Buffer) => sign(null, input, issuer.privateKey)
const publicPem = issuer.publicKey.export({ format: 'pem', type: 'spki' })
const rawPublic = Buffer.from((issuer.publicKey.export({ format: 'jwk' }) as { x: string }).x, 'base64url')

function withAlgorithm(alg: unknown, signer: (input: Buffer) => Buffer = byKey): string {
  return signed(JSON.stringify({ ...header, alg }), JSON.stringify(claims), signer)
}

function hmacOf(key: string | Buffer): string {
  return withAlgorithm('HS256', (input) => createHmac('sha256', key).update(input).digest())
}

function rsaSigned(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return withAlgorithm('RS256', (input) => sign('sha256', input, privateKey))
}

function otherPayload(token: string): string {
  const [first, , last] = token.split('.')
  return [first, Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url'), last].join(
    '.',
  )
}

/** A signature that is right but for the scalar, to which the order of the group is added (RFC 8032, 5.1.7). */
function malleable(token: string): string {
  const [first, second, last = ''] = token.split('.')
  const signature = Buffer.from(last, 'base64url')
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order
  const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse()
  return [first, second, Buffer.concat([signature.subarray(0, 32), bytes]).toString('base64url')].join('.')
}

async function encrypted(): Promise<string> {
  const key = await importJWK({ kty: 'oct', k: rawPublic.toString('base64url') }, 'A256GCM')
  const header = { alg: 'dir', enc: 'A256GCM', typ: 'at+jwt', kid: issuer.keyId }
  return new CompactEncrypt(Buffer.from(JSON.stringify(claims))).setProtectedHeader(header).encrypt(key)
}

interface Vector {
  readonly line: string
  readonly fault: TokenFault
  readonly tokens: () => readonly string[] | Promise<readonly string[]>
}

const vectors: readonly Vector[] = [
  {
    line: '3.1 the algorithm is verified: none of the token’s own choice, no RS/HS confusion',
    fault: 'algorithm',
    tokens: () => [hmacOf(publicPem), hmacOf(rawPublic), rsaSigned(), withAlgorithm('ES256')],
  },
  {
    line: '3.2 appropriate algorithms: no "none", however it is written, and none that is not named',
    fault: 'algorithm',
    tokens: () =>
      ['none', 'None', 'NONE', 'nOnE', 'eddsa', '', null, ['EdDSA'], undefined].map((alg) =>
        withAlgorithm(alg, () => Buffer.alloc(0)),
      ),
  },
  {
    line: '3.3 every cryptographic operation is validated',
    fault: 'signature',
    tokens: () => [
      otherPayload(issuer.token()),
      createTestIssuer(issuer.keyId).token(),
      signed(JSON.stringify(header), JSON.stringify(claims), (input) =>
        byKey(Buffer.concat([input, Buffer.from('x')])),
      ),
    ],
  },
  {
    line: '3.4 cryptographic inputs are validated: the scalar of a signature, and its length',
    fault: 'signature',
    tokens: () => [
      malleable(issuer.token()),
      signed(JSON.stringify(header), JSON.stringify(claims), () => Buffer.alloc(64)),
      signed(JSON.stringify(header), JSON.stringify(claims), (input) => byKey(input).subarray(0, 63)),
    ],
  },
  {
    line: '3.5 keys have enough entropy: a passphrase is no key',
    fault: 'algorithm',
    tokens: () => ['secret', 'password', ''].map(hmacOf),
  },
  {
    line: '3.6 nothing encrypted is decompressed: encrypted tokens are none',
    fault: 'malformed',
    tokens: async () => [await encrypted()],
  },
  {
    line: '3.6 a header that asks for decompression',
    fault: 'header',
    tokens: () => [issuer.token({ header: { zip: 'DEF' } })],
  },
  {
    line: '3.7 UTF-8 it is: other bytes and other encodings are malformed',
    fault: 'malformed',
    tokens: () => [
      signed(
        JSON.stringify(header),
        Buffer.from(JSON.stringify(claims).replace('token-1', 'tok\xff'), 'latin1'),
        byKey,
      ),
      signed(JSON.stringify(header), Buffer.from(JSON.stringify(claims), 'utf16le'), byKey),
      signed(Buffer.from(JSON.stringify(header), 'utf16le'), JSON.stringify(claims), byKey),
    ],
  },
  {
    line: '3.8 the issuer is validated',
    fault: 'issuer',
    tokens: () => [
      issuer.token({ claims: { iss: 'someone' } }),
      issuer.token({ claims: { iss: [testIssuerName] } }),
    ],
  },
  {
    line: '3.8 the subject is validated',
    fault: 'claims',
    tokens: () => [undefined, '', 7, null, 'x'.repeat(129)].map((sub) => issuer.token({ claims: { sub } })),
  },
  {
    line: '3.9 the audience is validated',
    fault: 'audience',
    tokens: () => ['other', ['other'], [], ''].map((aud) => issuer.token({ claims: { aud } })),
  },
  {
    line: '3.10 received claims are not trusted: kid is no path, no URL and no statement',
    fault: 'keyId',
    tokens: () =>
      [
        '../../dev/null',
        '/etc/passwd',
        'https://evil.example/key',
        "x' or '1'='1",
        '',
        7,
        null,
        'k'.repeat(65),
      ].map((kid) => issuer.token({ header: { kid } })),
  },
  {
    line: '3.10 received claims are not trusted: no key comes with the token',
    fault: 'header',
    tokens: () =>
      [
        { jku: 'https://evil.example' },
        { x5u: 'https://evil.example' },
        { x5c: [''] },
        { jwk: issuer.jwks.keys[0] },
      ].map((header) => issuer.token({ header })),
  },
  {
    line: '3.10 a key that the issuer does not have',
    fault: 'unknownKey',
    tokens: () => [
      issuer.token({ header: { kid: 'other' } }),
      issuer.token({ header: { kid: '__proto__' } }),
    ],
  },
  {
    line: '3.11 explicit typing',
    fault: 'type',
    tokens: () =>
      [undefined, 'JWT', 'jwt', 'logout+jwt', 'verify+jwt', 7].map((typ) =>
        issuer.token({ header: { typ } }),
      ),
  },
  {
    line: '3.12 other kinds of tokens are told apart: their claims are missing',
    fault: 'claims',
    tokens: () =>
      [{ role: undefined }, { role: 'root' }, { jti: undefined }, { exp: undefined }, { iat: undefined }].map(
        (claims) => issuer.token({ claims }),
      ),
  },
]

for (const { line, fault, tokens } of vectors)
  test(`RFC 8725, ${line}`, async () => {
    assert.equal((await verifyToken(issuer.token(), rules)).role, 'customer', 'the control')
    for (const token of await tokens()) await refused(token, fault)
  })

async function refused(token: string, fault: TokenFault): Promise<void> {
  await assert.rejects(verifyToken(token, rules), (error) => {
    assert.ok(error instanceof TokenError)
    assert.equal(error.fault, fault, token)
    return true
  })
}

test('a token is bounded in size, and in the life that it may claim', async () => {
  await refused(issuer.token({ claims: { sub: 'x'.repeat(mostTokenBytes) } }), 'tooLarge')
  await refused(issuer.token({ claims: { exp: now() + 86_400 } }), 'claims')
  await refused(issuer.token({ claims: { iat: now() - 86_400 } }), 'expired')
})

test('clocks may differ by the skew, which is 60 s at most', async () => {
  const withSkew = (skewSeconds: number, claims: object) =>
    verifyToken(issuer.token({ claims }), { ...rules, skewSeconds })
  await withSkew(30, { iat: now() - 100, exp: now() - 20 })
  await withSkew(30, { nbf: now() + 20 })
  await assert.rejects(withSkew(30, { iat: now() - 100, exp: now() - 40 }), { fault: 'expired' })
  await assert.rejects(withSkew(3_600, { iat: now() - 100, exp: now() - 70 }), { fault: 'expired' })
  await assert.rejects(withSkew(3_600, { nbf: now() + 70 }), { fault: 'notYetValid' })
  await assert.rejects(withSkew(3_600, { iat: now() + 70, exp: now() + 600 }), { fault: 'notYetValid' })
})

test('tokens from before the revocation of their user are refused, later ones and those of others are not', async () => {
  const list = new Revocations(600_000)
  list.add(claims.sub, Date.now() - 10_000)
  list.add('other', Date.now())
  const verify = (iat: number) =>
    verifyToken(issuer.token({ claims: { iat } }), { ...rules, revocations: list })
  await assert.rejects(verify(now() - 11), { fault: 'revoked' })
  await verify(now() - 5)
})

test('of a token that was verified before the signature alone is not verified again', async () => {
  const verified = new VerifiedTokens()
  const list = new Revocations(600_000)
  let at = Date.now()
  const known = { ...rules, verified, revocations: list, now: () => at }
  const token = issuer.token()
  const identity = await verifyToken(token, known)
  assert.equal(await verifyToken(token, known), identity, 'it is the one that was kept')
  await assert.rejects(verifyToken(otherPayload(token), known), { fault: 'signature' })
  const { jwks } = createTestIssuer(issuer.keyId)
  const keys = new KeySet({ load: async () => jwks, logger })
  await assert.rejects(verifyToken(token, { ...known, keys }), { fault: 'signature' })
  at += 700_000
  await assert.rejects(verifyToken(token, known), { fault: 'expired' })
  at -= 700_000
  list.add(identity.subject, at)
  await assert.rejects(verifyToken(token, known), { fault: 'revoked' })
})

test('a bounded number of tokens is kept, the latest ones', async () => {
  const verified = new VerifiedTokens()
  const [key, identity] = [await rules.keys.find(issuer.keyId), await verifyToken(issuer.token(), rules)]
  assert.ok(key)
  for (let n = 0; n <= 2_000; n++) verified.keep(key, `token ${n}`, identity)
  assert.equal(verified.find(key, 'token 0'), undefined)
  for (const kept of [1, 2_000]) assert.equal(verified.find(key, `token ${kept}`), identity)
})

test('a revocation is forgotten when no token from before it can be valid, and the latest one holds', () => {
  const list = new Revocations(600_000)
  list.add('a', 1_000_000, 1_000_000)
  list.add('b', 1_500_000, 1_500_000)
  list.add('a', 900_000, 1_500_000)
  assert.ok(list.isRevoked('a', 1_000))
  assert.ok(!list.isRevoked('a', 1_001))
  list.add('c', 1_700_000, 1_700_000)
  list.add('old', 1_000, 2_150_000)
  assert.ok(list.isRevoked('c', 1_700))
  assert.ok(!list.isRevoked('old', 1))
  assert.equal(list.size, 1)
})

test('no text of any kind is more than refused', async () => {
  const parts = fc.array(fc.oneof(fc.base64String({ maxLength: 80 }), fc.string(), fc.json()), {
    maxLength: 6,
  })
  const encodedJson = fc.json().map((text) => Buffer.from(text).toString('base64url'))
  const anything = fc.oneof(
    fc.string({ maxLength: 200 }),
    parts.map((list) => list.join('.')),
    fc.tuple(encodedJson, encodedJson, fc.base64String()).map((list) => list.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(anything, async (token) => {
      await assert.rejects(verifyToken(token, rules), TokenError)
    }),
    { numRuns: 500 },
  )
})
