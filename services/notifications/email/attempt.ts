import { createHash } from 'node:crypto'
import type { Mailer } from './mailer.ts'
import { failed, type Outcome } from './outcome.ts'
import { isAddress, languageOf, renderMail } from './renderMail.ts'
import type { Claimed } from './sql/claimNotifications.ts'
import type { Language } from './templates/words.ts'

export interface AttemptSettings {
  /** For requests that name none. */
  readonly language: Language
  /** The share of attempts that fail before the mail server is asked, from 0 to 1. */
  readonly failureRate: number
  /** Whether addresses that begin with {@link sandboxPrefix} fail until their notification is redriven. */
  readonly sandbox: boolean
}

export const sandboxPrefix = 'undeliverable'

/** Sends a notification that this process has claimed, unless something is wrong with it; never throws. */
export async function attempt(
  claimed: Claimed,
  { mailer, settings, signal }: { mailer: Mailer; settings: AttemptSettings; signal: AbortSignal },
): Promise<Outcome> {
  const { eventId: id, template, recipient: to, payload, expired } = claimed
  if (expired) return failed('EXPIRED', 'The time until which it was of use is over')
  if (!isAddress(to)) return failed('INVALID_ADDRESS', 'It is not one e-mail address')
  const mail = renderMail(
    template,
    payload.data,
    languageOf(claimed.language ?? payload.language, settings.language),
  )
  if ('sent' in mail) return mail
  if (isSimulated(claimed, settings)) return failed('SIMULATED', 'The failure is simulated')
  return mailer.send({ id, to, ...mail }, signal)
}

/** Whether this attempt fails by the settings: the same attempt always does or never. */
export function isSimulated(
  { id, fence, recipient, redrives }: Pick<Claimed, 'id' | 'fence' | 'recipient' | 'redrives'>,
  { failureRate, sandbox }: AttemptSettings,
): boolean {
  if (sandbox && redrives === 0 && recipient.startsWith(sandboxPrefix)) return true
  return drawOf(`${id}:${fence}`) < failureRate
}

/** A number from 0 to below 1 that a text always has. */
function drawOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
