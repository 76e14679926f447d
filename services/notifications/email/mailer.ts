import { Transform } from 'node:stream'
import { createSmtpTransport, domainOf, type SmtpServerOptions } from '../channels/smtpTransport.ts'
import { type Outcome, outcomeOf, type SmtpError } from './outcome.ts'
import type { Mail } from './templates/layout.ts'

export interface Mailer {
  /** Sends a mail and says what came of it, once the signal is aborted at the latest; never throws. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<Outcome>
  close(): void
}

export interface OutgoingMail extends Mail {
  /** By which mail servers and readers know a repetition. */
  readonly id: string
  readonly to: string
}

export type MailerOptions = SmtpServerOptions & { readonly from: string }

/** Whether the content of a mail has gone out, as far as its last byte. */
class Handover {
  done = false

  /** What the content goes through last: SMTP reads it when the server asks for it, and its end before the final dot. */
  track(content: NodeJS.ReadableStream, signal: AbortSignal): Transform {
    const tracked = new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) })
    tracked.once('end', () => {
      this.done = true
    })
    // So that nothing is sent that has been given up.
    signal.addEventListener('abort', () => tracked.destroy(), { once: true })
    content.on('error', (error) => tracked.destroy(error))
    return content.pipe(tracked)
  }
}

export function createMailer({ from, ...server }: MailerOptions): Mailer {
  const transport = createSmtpTransport(server)
  const handovers = new WeakMap<AbortSignal, Handover>()
  transport.use('stream', ({ data, message }, done) => {
    const handover = data.signal && handovers.get(data.signal)
    if (handover && data.signal) {
      const { signal } = data
      message.processFunc((content) => handover.track(content, signal))
    }
    done()
  })
  const domain = domainOf(from)
  return {
    send: async ({ id, to, ...mail }, signal) => {
      const handover = new Handover()
      handovers.set(signal, handover)
      const message = { from, to: { name: '', address: to }, messageId: `<${id}@${domain}>`, ...mail, signal }
      try {
        await transport.sendMail({ ...message, disableFileAccess: true, disableUrlAccess: true })
        return { sent: true }
      } catch (error) {
        return outcomeOf(error as SmtpError, handover.done)
      }
    },
    close: () => transport.close(),
  }
}
