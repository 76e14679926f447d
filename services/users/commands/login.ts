import { inTransaction, ServiceError } from '@relevo/kit'
import { findLogin } from '../sql/accounts.ts'
import { forgetAttempts } from '../sql/attempts.ts'
import type { Tokens } from '../tokens/sessions.ts'
import type { Users } from '../users.ts'
import { addressOf } from './createUser.ts'
import { type Client, limitLogin } from './limits.ts'

/** Begins a session. Whatever is wrong, the answer and the work are the same. */
export async function login(
  users: Users,
  { email, password }: { readonly email: string; readonly password: string },
  from: Client,
): Promise<Tokens> {
  const subjects = await limitLogin(users, email, from)
  const account = await findLogin(users.pool, addressOf(users, email))
  const matches = await users.passwords.check(password, account?.password)
  if (!matches || account?.status !== 'active') throw wrongLogin()
  return inTransaction(users.pool, async (client) => {
    for (const subject of subjects) await forgetAttempts(client, subject)
    return users.sessions.begin(client, account)
  })
}

function wrongLogin(): ServiceError {
  return new ServiceError(
    'unauthenticated',
    'The e-mail address or the password is wrong, or the address is not verified yet.',
    { headers: { 'www-authenticate': 'Bearer' } },
  )
}
