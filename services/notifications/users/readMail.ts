import { InboxError } from '@relevo/inbox'
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

export interface UsersService {
  /** Base URL. */
  readonly url: string
  /** Read at each request, so that a new one holds at once; undefined: it is on the same machine. */
  readonly token: () => string | undefined
  readonly timeoutMs: number
}

const mostBytes = 16_384

/**
 * Asks the users' service for a mail; undefined when it is of no use any more: its user is erased, or its code was used.
 * @throws InboxError `unavailable` while the service cannot say.
 */
export async function readMail(
  { url, token, timeoutMs }: UsersService,
  id: string,
): Promise<UserMail | undefined> {
  const secret = token()
  try {
    const response = await fetch(new URL(`/mails/${id}`, url), {
      redirect: 'error',
      headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (response.status === 404 && isOurs(text)) return undefined
    if (!response.ok || text.length > mostBytes) throw new Error(`It answers ${response.status}.`)
    return mail.parse(parse(text)) // JSON.parse's own error would show what it read
  } catch (cause) {
    throw new InboxError('unavailable', 'The users cannot be asked for the mail now', { cause })
  }
}

/** A path that is not there is answered by 404 as well, by a gateway or another service. */
function isOurs(text: string): boolean {
  return z.object({ code: z.literal('notFound') }).safeParse(parse(text)).success
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
