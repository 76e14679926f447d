import { draftEvent } from '@relevo/contracts'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import { v4 as uuid } from 'uuid'
import { userMailRequested } from '../../../systems/users/userEvents.ts'
import { insertMail, type MailPurpose } from '../sql/mails.ts'
import type { Users } from '../users.ts'

/** Has a mail sent to the user, in the caller's transaction; neither its code nor an address is in the event. */
export async function requestMail(
  client: pg.PoolClient,
  { config }: Users,
  mail: { readonly userId: string; readonly purpose: MailPurpose },
  /** Seals the address of purpose `email` for the id of the mail. */
  seal?: (mailId: string) => string,
): Promise<void> {
  const id = uuid()
  const { userId, purpose } = mail
  const email = seal && { email: seal(id) }
  if (
    !(await insertMail(
      client,
      { id, userId, purpose, ...email, lifeMs: config.mailLifeMs },
      config.mailsPerUser,
    ))
  )
    return
  await enqueue(client, [draftEvent(userMailRequested, { mail_id: id, user_id: userId, purpose })])
}
