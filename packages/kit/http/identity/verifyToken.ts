import { type CryptoKey, errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { type Identity, roles } from './identity.ts'
import { type KeySet, keyIdForm } from './keySet.ts'
import { longestTokenMs, mostSkewMs, type Revocations } from './revocations.ts'
import { TokenError, type TokenFault } from './tokenError.ts'
import type { VerifiedTokens } from './verifiedTokens.ts'

export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  readonly keys: Pick<KeySet, 'find'>
  readonly revocations: Revocations
  /** Those that were found to be good before by the same rules. */
  readonly verified?: VerifiedTokens
  /** How far clocks may differ; at most 60. Default: 30. */
  readonly skewSeconds?: number
  readonly now?: () => number
}

/** Ours have some 400. */
export const mostTokenBytes = 2_048
/** Between `iat` and `exp`; ours have 10 minutes. */
const longestLifeSeconds = longestTokenMs / 1_000
const mostSkewSeconds = mostSkewMs / 1_000

const algorithm = 'EdDSA'
const tokenType = 'at+jwt'

const claims = z.object({
  sub: z.string().min(1).max(128),
  role: z.enum(roles),
  jti: z.string().min(1).max(128),
  iat: z.int(),
  exp: z.int(),
})

/**
 * Verifies an access token by RFC 8725. Nothing that it says of itself decides how: the algorithm is EdDSA, the key one of the
 * issuer's, found by an id that is only compared.
 * @throws TokenError; ServiceError `unavailable` while there are no keys.
 */
export async function verifyToken(token: string, rules: TokenRules): Promise<Identity> {
  if (Buffer.byteLength(token) > mostTokenBytes) throw new TokenError('tooLarge')
  const keyId = checkHeader(token)
  const key = await rules.keys.find(keyId)
  if (key === undefined) throw new TokenError('unknownKey')
  const before = rules.verified?.find(key, token)
  const identity = before ?? (await verifySigned(token, key, rules))
  if (before === undefined) rules.verified?.keep(key, token, identity)
  else if (hasEnded(identity, rules)) throw new TokenError('expired')
  if (rules.revocations.isRevoked(identity.subject, identity.issuedAt)) throw new TokenError('revoked')
  return identity
}

function clockOf({ skewSeconds = 30, now = Date.now }: TokenRules) {
  return { currentDate: new Date(now()), clockTolerance: Math.min(skewSeconds, mostSkewSeconds) }
}

/** As jose tells it. */
function hasEnded({ issuedAt, expiresAt }: Identity, rules: TokenRules): boolean {
  const { currentDate, clockTolerance } = clockOf(rules)
  const then = Math.floor(currentDate.getTime() / 1_000) - clockTolerance
  return expiresAt <= then || then - issuedAt > longestLifeSeconds
}

async function verifySigned(token: string, key: CryptoKey, rules: TokenRules): Promise<Identity> {
  const { payload } = await jwtVerify(token, key, {
    algorithms: [algorithm],
    typ: tokenType,
    issuer: rules.issuer,
    audience: rules.audience,
    requiredClaims: ['exp', 'iat', 'sub', 'jti', 'role'],
    maxTokenAge: longestLifeSeconds,
    ...clockOf(rules),
  }).catch((cause) => {
    throw new TokenError(faultOf(cause), { cause })
  })
  const parsed = claims.safeParse(payload)
  if (!parsed.success || parsed.data.exp - parsed.data.iat > longestLifeSeconds)
    throw new TokenError('claims')
  const { sub: subject, role, jti: tokenId, iat: issuedAt, exp: expiresAt } = parsed.data
  return { subject, role, tokenId, issuedAt, expiresAt }
}

const known = new Set(['alg', 'typ', 'kid'])

/** Checks what comes before any key is looked up, and returns the id of the key. */
function checkHeader(token: string): string {
  const [header, payload, ...rest] = token.split('.')
  const { alg, typ, kid, ...others } = readPart(header)
  readPart(payload)
  if (rest.length !== 1) throw new TokenError('malformed')
  if (alg !== algorithm) throw new TokenError('algorithm')
  if (typ !== tokenType) throw new TokenError('type')
  if (Object.keys(others).some((name) => !known.has(name))) throw new TokenError('header')
  if (typeof kid !== 'string' || !keyIdForm.test(kid)) throw new TokenError('keyId')
  return kid
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** jose puts U+FFFD for what is no UTF-8; here it is malformed. */
function readPart(part: string | undefined): Record<string, unknown> {
  if (part === undefined || !/^[\w-]+$/.test(part)) throw new TokenError('malformed')
  try {
    const value: unknown = JSON.parse(utf8.decode(Buffer.from(part, 'base64url')))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (cause) {
    throw new TokenError('malformed', { cause })
  }
  throw new TokenError('malformed')
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature'
  if (error instanceof errors.JWTClaimValidationFailed) return faultOfClaim(error)
  return 'malformed'
}

function faultOfClaim({ claim, reason }: errors.JWTClaimValidationFailed): TokenFault {
  if (reason !== 'check_failed') return 'claims'
  if (claim === 'iss') return 'issuer'
  if (claim === 'aud') return 'audience'
  if (claim === 'nbf' || claim === 'iat') return 'notYetValid'
  return 'claims'
}
