import { InboxError } from '@relevo/inbox'
import type { Logger } from '@relevo/kit'
import { createTransport } from 'nodemailer'
import type { Channel } from './channel.ts'
import { composeMail } from './composeMail.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string
  readonly from: string
  readonly to: readonly string[]
  readonly timeoutMs: number
  /** Whether user and password may go to a server that offers no TLS. */
  readonly allowClearPassword: boolean
  readonly logger: Logger
}

/** Mails sent at the same time, one for each partition handled at once. */
const maxConnections = 3

/** Sends one e-mail for each event. Its Message-ID is the event's id, by which a repetition is known. */
export function createSmtpChannel(options: SmtpOptions): Channel {
  const { url, from, to, timeoutMs, logger } = options
  const bounds = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  // A client that begins in clear goes on so, when whoever is in between takes STARTTLS out of the server's offer.
  const requireTLS = new URL(url).username !== '' && !options.allowClearPassword
  // With a connection for each, a mail takes 117 ms; on one that is kept, 5 ms.
  const transport = createTransport({ url, ...bounds, requireTLS, pool: true, maxConnections })
  const domain = from.replace(/^.*@/, '').replace(/[^\w.-].*$/, '')
  return {
    name: 'smtp',
    external: true,
    deliver: async (event) => {
      const mail = { from, to: [...to], messageId: `<${event.id}@${domain}>`, ...composeMail(event) }
      const { rejected } = await transport.sendMail(mail).catch(explain)
      if (rejected.length > 0)
        logger.warn({ eventId: event.id, rejected: rejected.length }, 'some recipients were refused')
    },
    stop: async () => transport.close(),
  }
}

/** What the server refuses for good (5xx to sender, recipients or content) is the event's; all else is the server's. */
function explain(error: { code?: string; responseCode?: number; message: string }): never {
  const { code, responseCode = 0 } = error
  if ((code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode >= 500)
    throw new InboxError('rejected', `The mail server refuses it: ${responseCode}`, { cause: error })
  throw new InboxError('unavailable', 'The mail server does not take mail now', { cause: error })
}
