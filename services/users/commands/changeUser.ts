import { type Role, ServiceError } from '@relevo/kit'
import { sealText } from '@relevo/kit/personal'
import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { type UserCommand, user } from '../domain/user.ts'
import { openFields, sealFields } from '../secrets/personalKeys.ts'
import { lockAccount } from '../sql/accounts.ts'
import { eraseUser } from '../sql/eraseUser.ts'
import { deleteMails } from '../sql/mails.ts'
import { deleteSessionsOf } from '../sql/sessions.ts'
import type { Users } from '../users.ts'
import { indexUser } from './createUser.ts'
import { requestMail } from './mails.ts'

export interface UserChange {
  readonly name: string
  readonly email: string
  readonly role?: Role | undefined
}

/** Changes a user in the caller's transaction. A new address holds once the code in the mail to it was used. */
export async function changeUser(
  client: pg.PoolClient,
  users: Users,
  id: string,
  to: UserChange,
): Promise<void> {
  const account = await lockAccount(client, id)
  if (account === undefined) throw unknownUser()
  const key = users.personalKeys.unwrap(id, account)
  const { name, email } = openFields(key, { user: id, event: account.sealed_by }, account)
  if (to.role !== undefined) await execute(client, users, id, { do: 'changeRole', id, role: to.role })
  if (to.name !== name) {
    const eventId = uuidv7()
    const fields = sealFields(key, { user: id, event: eventId }, { name: to.name, email })
    await execute(client, users, id, { do: 'update', id, fields, eventId })
    await indexUser(client, users, id, { name: to.name, email })
  }
  if (to.email === email) return
  await deleteMails(client, id, 'email')
  await requestMail(client, users, { userId: id, purpose: 'email' }, (mailId) =>
    sealText(key, { user: id, event: mailId, field: 'email' }, to.email),
  )
}

/** Disables a user: no session goes on, and verifiers refuse the tokens once they hear of it. */
export async function disableUser(client: pg.PoolClient, users: Users, id: string): Promise<void> {
  await execute(client, users, id, { do: 'disable', id })
  await deleteSessionsOf(client, id)
}

/** Erases a user: the events stay, and nobody can read what they hold of the user. */
export async function deleteUser(client: pg.PoolClient, users: Users, id: string): Promise<void> {
  await execute(client, users, id, { do: 'delete', id })
  await eraseUser(client, id)
}

export function unknownUser(): ServiceError {
  return new ServiceError('notFound', 'There is no such user.')
}

async function execute(
  client: pg.PoolClient,
  { store }: Users,
  id: string,
  command: UserCommand,
): Promise<void> {
  const result = await store.execute(client, user, id, command)
  if (result.outcome !== 'rejected') return
  throw result.reason === 'unknown'
    ? unknownUser()
    : new ServiceError('conflict', `The user is ${result.state.status}, which does not allow this.`)
}
