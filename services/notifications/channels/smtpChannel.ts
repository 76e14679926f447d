import { InboxError } from '@relevo/inbox'
import type { Logger } from '@relevo/kit'
import type { CommissionChannel } from './channel.ts'
import { composeMail } from './composeMail.ts'
import { createSmtpTransport, domainOf, type SmtpServerOptions } from './smtpTransport.ts'

export interface SmtpOptions extends Omit<SmtpServerOptions, 'maxConnections'> {
  readonly from: string
  readonly to: readonly string[]
  readonly logger: Logger
}

/** Mails sent at the same time, one for each partition handled at once. */
const maxConnections = 3

/** Sends one e-mail per event. Its Message-ID is the event's id, which identifies a repetition. */
export function createSmtpChannel({ from, to, logger, ...server }: SmtpOptions): CommissionChannel {
  const transport = createSmtpTransport({ ...server, maxConnections })
  const domain = domainOf(from)
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
