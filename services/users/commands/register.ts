import { setTimeout as delay } from 'node:timers/promises'
import { inTransaction } from '@relevo/kit'
import type pg from 'pg'
import { v4 as uuid } from 'uuid'
import { findLogin } from '../sql/accounts.ts'
import { setPassword } from '../sql/credentials.ts'
import { deleteMails } from '../sql/mails.ts'
import type { Users } from '../users.ts'
import { addressOf, createUser } from './createUser.ts'
import { requestMail } from './mails.ts'

export interface Registration {
  readonly name: string
  readonly email: string
  readonly password: string
}

/**
 * Registers a user, whose address has to be verified by the code in a mail. Nobody but whoever reads that mail learns whether the
 * address was known: the work, the answer and its time are the same.
 */
export async function register(users: Users, { name, email, password }: Registration) {
  const passwordHash = await users.passwords.hash(password)
  const answer = {
    id: uuid(),
    name,
    email,
    role: 'customer',
    status: 'pending',
    created_at: new Date(),
  } as const
  await lasting(users.config.answerFloorMs, () =>
    inTransaction(users.pool, async (client) => {
      const { id, role } = answer
      const isNew = await createUser(client, users, {
        id,
        name,
        email,
        role,
        isVerified: false,
        passwordHash,
      })
      if (isNew) await requestMail(client, users, { userId: id, purpose: 'verify' })
      else await registerAgain(client, users, email, passwordHash)
    }),
  )
  return answer
}

/** The address's owner is informed. As long as nobody has verified it, the last registration sets the password. */
async function registerAgain(
  client: pg.PoolClient,
  users: Users,
  email: string,
  passwordHash: string,
): Promise<void> {
  const known = await findLogin(client, addressOf(users, email))
  if (known === undefined || known.status === 'disabled') return
  const { id: userId, status } = known
  if (status === 'active') return requestMail(client, users, { userId, purpose: 'known' })
  await setPassword(client, userId, passwordHash)
  // Codes of before belong to another password.
  await deleteMails(client, userId, 'verify')
  await requestMail(client, users, { userId, purpose: 'verify' })
}

/** Lasts `ms` at least, whether it succeeds or fails. */
export async function lasting<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const [result] = await Promise.allSettled([work(), delay(ms)])
  if (result.status === 'rejected') throw result.reason
  return result.value
}
