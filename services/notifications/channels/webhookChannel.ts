import { formatEvent } from '../cloudEvent.ts'
import type { Channel } from './channel.ts'
import { signWebhook } from './webhookSignature.ts'

export interface WebhookOptions {
  readonly url: string
  /** Keys as bytes; the newest first. */
  readonly keys: readonly Buffer[]
  readonly timeoutMs: number
}

/**
 * Posts each event to a URL, signed as Standard Webhooks says (https://www.standardwebhooks.com). The header
 * `webhook-id` is the event's id, the same at each try; any answer but 2xx is a failure, redirects too.
 */
export function createWebhookChannel({ url, keys, timeoutMs }: WebhookOptions): Channel {
  return {
    name: 'webhook',
    external: true,
    deliver: async (event) => {
      const body = formatEvent(event)
      const timestamp = Math.floor(Date.now() / 1_000)
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'user-agent': 'relevo-notifications',
          'webhook-id': event.id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signWebhook(keys, { id: event.id, timestamp, body }),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await response.body?.cancel() // an endless answer is not read
      if (!response.ok) throw new Error(`The webhook answered ${response.status}`)
    },
  }
}
