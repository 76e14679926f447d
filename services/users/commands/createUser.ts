import type { Role } from '@relevo/kit'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { user } from '../domain/user.ts'
import { canonical, searchTerms } from '../secrets/canonical.ts'
import { sealFields } from '../secrets/personalKeys.ts'
import { claimAddress, setSearchTerms } from '../sql/addresses.ts'
import { setPassword } from '../sql/credentials.ts'
import type { Users } from '../users.ts'

export interface NewUser {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly isVerified: boolean
  /** A PHC string. */
  readonly passwordHash: string
}

/** Creates a user in the caller's transaction; false, and nothing is changed, when the address is somebody's. */
export async function createUser(client: pg.PoolClient, users: Users, newUser: NewUser): Promise<boolean> {
  const { id, role, isVerified, passwordHash, ...fields } = newUser
  if (!(await claimAddress(client, addressOf(users, fields.email), id))) return false
  const key = await users.personalKeys.create(client, id)
  const eventId = uuidv7()
  const sealed = sealFields(key, { user: id, event: eventId }, fields)
  const command = { do: 'create', id, role, isVerified, eventId, fields: sealed } as const
  const { outcome } = await users.store.execute(client, user, id, command)
  if (outcome !== 'accepted') throw new Error(`User ${id} cannot be created: ${outcome}`)
  await setPassword(client, id, passwordHash)
  await indexUser(client, users, id, fields)
  return true
}

export function addressOf({ hash }: Users, email: string): Buffer {
  return hash.of('address', canonical(email))
}

export async function indexUser(
  client: pg.PoolClient,
  { hash }: Users,
  id: string,
  { name, email }: { readonly name: string; readonly email: string },
): Promise<void> {
  const digests = [...searchTerms(name, email)].map((term) => hash.of('search', term))
  await setSearchTerms(client, id, digests)
}
