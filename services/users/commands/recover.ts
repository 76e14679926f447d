import { inTransaction, ServiceError } from '@relevo/kit'
import { openText } from '@relevo/kit/personal'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { user } from '../domain/user.ts'
import { openFields, sealFields } from '../secrets/personalKeys.ts'
import { findLogin, lockAccount } from '../sql/accounts.ts'
import { moveAddress } from '../sql/addresses.ts'
import { setPassword } from '../sql/credentials.ts'
import { deleteMails, findMail, type MailRow, takeMail } from '../sql/mails.ts'
import { deleteSessionsOf } from '../sql/sessions.ts'
import type { Users } from '../users.ts'
import { addressOf, indexUser } from './createUser.ts'
import { requestMail } from './mails.ts'
import { lasting } from './register.ts'

export function invalidCode(): ServiceError {
  return new ServiceError(
    'invalidRequest',
    'The token is not valid, was used or has expired. Ask for a new mail.',
  )
}

/** Sends a mail for setting a new password, if the address belongs to a user. */
export async function forgotPassword(users: Users, email: string): Promise<void> {
  await lasting(users.config.answerFloorMs, () =>
    inTransaction(users.pool, async (client) => {
      const known = await findLogin(client, addressOf(users, email))
      if (known === undefined || known.status === 'disabled') return
      await requestMail(client, users, { userId: known.id, purpose: 'reset' })
    }),
  )
}

/** Sets a new password by the code of a mail, which has shown whose the address is, and ends every session. */
export async function resetPassword(users: Users, code: string, password: string): Promise<void> {
  const mailId = users.hash.mailOf(code)
  // Nobody has passwords hashed with a code that is no good.
  if (mailId === undefined || (await findMail(users.pool, mailId))?.purpose !== 'reset') throw invalidCode()
  const passwordHash = await users.passwords.hash(password)
  await inTransaction(users.pool, async (client) => {
    const mail = await takeMail(client, mailId, ['reset'])
    if (mail === undefined) throw invalidCode()
    const { user_id: id } = mail
    await setPassword(client, id, passwordHash)
    await deleteSessionsOf(client, id)
    await deleteMails(client, id, 'reset')
    await users.store.execute(client, user, id, { do: 'verify', id })
  })
}

/** Verifies an address by the code of the mail to it: that of a new user, or a user's new one. */
export async function verifyEmail(users: Users, code: string): Promise<void> {
  const mailId = users.hash.mailOf(code)
  if (mailId === undefined) throw invalidCode()
  await inTransaction(users.pool, async (client) => {
    const mail = await takeMail(client, mailId, ['verify', 'email'])
    if (mail === undefined) throw invalidCode()
    const { user_id: id, purpose } = mail
    if (purpose === 'email') return changeEmail(client, users, mailId, mail)
    const { outcome } = await users.store.execute(client, user, id, { do: 'verify', id })
    if (outcome !== 'accepted') throw invalidCode()
    await deleteMails(client, id, 'verify')
  })
}

async function changeEmail(
  client: pg.PoolClient,
  users: Users,
  mailId: string,
  mail: MailRow,
): Promise<void> {
  const { user_id: id, email: sealedEmail } = mail
  const account = await lockAccount(client, id)
  if (account === undefined || sealedEmail === null) throw invalidCode()
  const key = users.personalKeys.unwrap(id, account)
  const email = openText(key, { user: id, event: mailId, field: 'email' }, sealedEmail)
  if (!(await moveTo(client, id, addressOf(users, email)))) throw invalidCode()
  const { name } = openFields(key, { user: id, event: account.sealed_by }, account)
  const eventId = uuidv7()
  const fields = sealFields(key, { user: id, event: eventId }, { name, email })
  const { outcome } = await users.store.execute(client, user, id, { do: 'update', id, fields, eventId })
  if (outcome !== 'accepted') throw invalidCode()
  await indexUser(client, users, id, { name, email })
  await deleteMails(client, id, 'email')
}

/** False when it is somebody else's, or becomes it at this moment. */
async function moveTo(client: pg.PoolClient, id: string, digest: Buffer): Promise<boolean> {
  try {
    return await moveAddress(client, id, digest)
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return false
    throw error
  }
}
