import { createHmac } from 'node:crypto'

export interface WebhookMessage {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly body: string
}

/**
 * The header `webhook-signature`: HMAC-SHA256 of id, timestamp and body by each key, so that receivers can go over
 * from an old key to a new one. Format: Standard Webhooks, symmetric.
 */
export function signWebhook(keys: readonly Buffer[], { id, timestamp, body }: WebhookMessage): string {
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
    .join(' ')
}

const secretForm = /^whsec_([A-Za-z0-9+/]+={0,2})$/

/** The keys of secrets `whsec_<base64>` with spaces between them; undefined unless each has 24 to 64 bytes. */
export function parseWebhookSecrets(text: string): readonly Buffer[] | undefined {
  const keys = text
    .trim()
    .split(/\s+/)
    .map((secret) => Buffer.from(secretForm.exec(secret)?.[1] ?? '', 'base64'))
  return keys.every((key) => key.length >= 24 && key.length <= 64) ? keys : undefined
}
