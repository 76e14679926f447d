import { inTransaction } from '@relevo/kit'
import { v4 as uuid } from 'uuid'
import { findLogin } from '../sql/accounts.ts'
import type { Users } from '../users.ts'
import { addressOf, createUser } from './createUser.ts'

/** Makes the first admin of ADMIN_EMAIL, unless somebody has that address. */
export async function ensureAdmin(users: Users): Promise<void> {
  const { adminEmail: email, adminPassword, adminPasswordFile } = users.config
  const password = adminPasswordFile?.() || adminPassword
  if (email === undefined || password === undefined) return
  if (await findLogin(users.pool, addressOf(users, email))) return
  const passwordHash = await users.passwords.hash(password)
  const admin = { id: uuid(), name: 'Admin', email, role: 'admin', isVerified: true, passwordHash } as const
  const isNew = await inTransaction(users.pool, (client) => createUser(client, users, admin))
  if (isNew) users.logger.info({ userId: admin.id }, 'the first admin was created')
}
