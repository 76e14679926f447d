import type { notificationFailures } from '../../../systems/shop/notificationEvents.ts'

export type Failure = (typeof notificationFailures)[number]

/** What an attempt came to. */
export type Outcome =
  | { readonly sent: true }
  | { readonly sent: false; readonly reason: Failure; readonly detail: string }

const maxDetail = 500

export function failed(reason: Failure, detail: string): Outcome {
  // What a server says is shown and stored: no control characters, and half characters neither.
  const shown = detail.replace(/\p{Cc}+/gu, ' ').slice(0, maxDetail)
  return { sent: false, reason, detail: shown.toWellFormed() }
}

/** The errors of nodemailer, as far as they are looked at. */
export interface SmtpError {
  readonly code?: string
  readonly responseCode?: number
  readonly command?: string
  readonly message: string
}

const unavailableNow = 421 // the server closes the connection, at whatever command
/** Commands that are about this recipient or this message. */
const ofTheMail = new Set(['RCPT TO', 'DATA'])

/**
 * What an error of SMTP says of the mail. Only an answer to its recipient or its content is about it; without an answer to the
 * content nobody knows; and all else (no connection, no TLS, a password or a sender that is refused) is the server's trouble.
 * @param handedOver the whole content had gone out when it failed.
 */
export function outcomeOf(error: SmtpError, handedOver: boolean): Outcome {
  const { code, responseCode: answer, command = '', message } = error
  if (answer === undefined) {
    if (handedOver) return failed('ANSWER_LOST', message)
    // Refused on this side, before anything was said.
    return failed(code === 'EENVELOPE' || code === 'EMESSAGE' ? 'INVALID_ADDRESS' : 'UNAVAILABLE', message)
  }
  if (answer === unavailableNow || !(code === 'EMESSAGE' || ofTheMail.has(command)))
    return failed('UNAVAILABLE', message)
  return failed(answer >= 500 ? 'REFUSED' : 'DEFERRED', message)
}
