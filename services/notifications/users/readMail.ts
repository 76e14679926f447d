import { InboxError } from '@relevo/inbox'
import { askUsers, type UsersService } from '@relevo/kit/personal'
import { z } from 'zod'
import { mailPurposes } from '../../../systems/users/userEvents.ts'

const mail = z.object({
  id: z.uuid(),
  purpose: z.enum(mailPurposes),
  to: z.string().min(3).max(320),
  name: z.string(),
  token: z.string().nullable(),
  link: z.string().nullable(),
})

/** What a mail to a user says: from the users' service to the mail server, and nowhere kept. */
export type UserMail = z.output<typeof mail>

const mostBytes = 16_384

/**
 * Asks the users' service for a mail; undefined when it is of no use any more: its user is erased, or its code was used.
 * @throws InboxError `unavailable` while the service cannot say.
 */
export async function readMail(users: UsersService, id: string): Promise<UserMail | undefined> {
  try {
    return await askUsers(users, { path: `/mails/${id}`, schema: mail, mostBytes })
  } catch (cause) {
    throw new InboxError('unavailable', 'The users cannot be asked for the mail now', { cause })
  }
}
