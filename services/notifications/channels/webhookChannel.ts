import { InboxError } from '@relevo/inbox'
import { formatEvent } from '../cloudEvent.ts'
import type { CommissionChannel } from './channel.ts'
import { signWebhook } from './webhookSignature.ts'

export interface WebhookOptions {
  /** With user and password for a receiver that wants basic authentication; they go into the header only. */
  readonly url: string
  /** Keys as bytes; the newest first. */
  readonly keys: readonly Buffer[]
  readonly timeoutMs: number
}

/**
 * Posts each event to a URL, signed as Standard Webhooks says (https://www.standardwebhooks.com). The header
 * `webhook-id` is the event's id, the same at each try. Any answer but 2xx is a failure, redirects too; one that tells
 * of the receiver and not of the event is `unavailable`.
 */
export function createWebhookChannel({ url, keys, timeoutMs }: WebhookOptions): CommissionChannel {
  const receiver = parseReceiver(url)
  return {
    name: 'webhook',
    external: true,
    deliver: async (event) => {
      const body = formatEvent(event)
      const timestamp = Math.floor(Date.now() / 1_000)
      const response = await fetch(receiver.url, {
        method: 'POST',
        headers: {
          ...receiver.headers,
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'user-agent': 'relevo-notifications',
          'webhook-id': event.id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signWebhook(keys, { id: event.id, timestamp, body }),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((cause: unknown) => {
        throw new InboxError('unavailable', 'The webhook cannot be reached', { cause })
      })
      await response.body?.cancel() // an endless answer is not read
      checkAnswer(response)
    },
  }
}

/** Errors of fetch show its URL, so that the credentials in it must not be there. */
function parseReceiver(text: string): { readonly url: string; readonly headers: Record<string, string> } {
  const url = new URL(text)
  const { username, password } = url
  url.username = ''
  url.password = ''
  if (!username && !password) return { url: url.href, headers: {} }
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { url: url.href, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } }
}

function checkAnswer({ ok, status, headers }: Response): void {
  if (ok) return
  const message = `The webhook answered ${status}`
  if (!isUnavailable(status)) throw new Error(message)
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), Date.now())
  throw new InboxError('unavailable', message, { retryAfterMs })
}

/** Whether the answer is about the receiver, not the event: it is too busy (408, 425, 429) or broken (5xx). */
export function isUnavailable(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}

/** Milliseconds to wait as `Retry-After` says, in seconds or as a date (RFC 9110); undefined: it says nothing. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
