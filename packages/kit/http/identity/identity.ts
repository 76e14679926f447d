/** From the least to the most that one may do: an admin may what operators may, and they what customers may. */
export const roles = ['customer', 'operator', 'admin'] as const

export type Role = (typeof roles)[number]

/** Who sends a request, by an access token that was verified. */
export interface Identity {
  /** The user's id. */
  readonly subject: string
  readonly role: Role
  readonly tokenId: string
  /** Seconds since 1970. */
  readonly issuedAt: number
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** A process of the platform or a tool of its operators, by the token of OPERATOR_TOKEN: it is no user. */
export const operatorIdentity: Identity = {
  subject: 'operators',
  role: 'operator',
  tokenId: 'operators',
  issuedAt: 0,
  expiresAt: Number.MAX_SAFE_INTEGER,
}

export function hasRole({ role }: Identity, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}
