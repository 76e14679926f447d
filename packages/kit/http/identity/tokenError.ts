/** Why an access token is refused. The log and a metric say so; the client learns only that it is. */
export const tokenFaults = [
  /** More bytes than a token of ours ever has. */
  'tooLarge',
  /** Not three parts of base64url with JSON objects in UTF-8. Encrypted tokens (JWE) are among them. */
  'malformed',
  /** The header has another algorithm than EdDSA; `none` is one. */
  'algorithm',
  /** The header's `typ` is not at+jwt: a token of another kind. */
  'type',
  /** The header has members that no token of ours has, such as jku, jwk, x5u, crit and zip. */
  'header',
  /** The header's `kid` is missing, or has not the form of ours. */
  'keyId',
  /** No key of the issuer has this `kid`. */
  'unknownKey',
  'signature',
  /** A claim is missing, or not of its type. */
  'claims',
  'issuer',
  'audience',
  'expired',
  /** `iat` or `nbf` is in the future. */
  'notYetValid',
  /** Its user was disabled or deleted, or logged out everywhere, after it was issued. */
  'revoked',
] as const

export type TokenFault = (typeof tokenFaults)[number]

export class TokenError extends Error {
  readonly fault: TokenFault

  constructor(fault: TokenFault, options?: ErrorOptions) {
    super(`The access token is refused: ${fault}.`, options)
    this.name = 'TokenError'
    this.fault = fault
  }
}
