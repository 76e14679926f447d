import { setTimeout as delay } from 'node:timers/promises'
import type { SqlClient } from '@relevo/kit'
import type { DeclineReason } from '../domain/payment.ts'
import { type BookEntry, enterRefund } from './bookEntry.ts'
import { createChargeEntry } from './enterTogether.ts'
import { type AuthorizeRequest, type PaymentProvider, ProviderError } from './provider.ts'

export interface SandboxOptions {
  /** Of the database with its book: each statement is a transaction of its own. */
  readonly client: SqlClient
  readonly declineAboveMinor: bigint
  readonly slowMs: number
  /** The share of calls that fail, from 0 to 1: half of them before they have their effect, half after it. */
  readonly failureRate: number
  /** Decides which calls fail; default Math.random. */
  readonly random?: () => number
}

/** A provider that moves no money. What it answers depends on the charge alone; its book tells what a real one would hold. */
export function createSandboxProvider(options: SandboxOptions): PaymentProvider {
  const { client, declineAboveMinor, slowMs, failureRate, random = Math.random } = options
  const enterCharge = createChargeEntry(client)

  async function call<T>(effect: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const luck = random()
    if (slowMs > 0) await delay(slowMs, undefined, { signal })
    if (luck < failureRate / 2) throw unavailable('before the effect')
    const result = await effect()
    if (luck < failureRate) throw unavailable('after the effect')
    return result
  }

  return {
    authorize: (request, signal) =>
      call(async () => {
        const { key, amountMinor, currency } = request
        const declineReason = findReason(request, declineAboveMinor)
        const entry = await enterCharge(key, { amountMinor, currency, declineReason })
        requireSame(entry, request)
        if (entry.declineReason !== null) return { type: 'declined', reason: entry.declineReason }
        return { type: 'approved', reference: `sandbox-${key}` }
      }, signal),
    refund: (request, signal) =>
      call(async () => {
        const entry = await enterRefund(client, request.key)
        if (!entry) throw new ProviderError('unknownCharge', 'The sandbox holds no charge of this key')
        requireSame(entry, request)
      }, signal),
  }
}

function unavailable(when: string): ProviderError {
  return new ProviderError('unavailable', `The sandbox was told to fail (${when})`)
}

function findReason(
  { amountMinor, customerEmail }: AuthorizeRequest,
  declineAboveMinor: bigint,
): DeclineReason | null {
  if (amountMinor > declineAboveMinor) return 'AMOUNT_ABOVE_LIMIT'
  return customerEmail?.toLowerCase().startsWith('declined') ? 'CUSTOMER_DECLINED' : null
}

function requireSame(
  entry: BookEntry,
  { amountMinor, currency }: Pick<AuthorizeRequest, 'amountMinor' | 'currency'>,
): void {
  if (entry.amountMinor === amountMinor && entry.currency === currency) return
  throw new ProviderError('keyReused', 'The key was used for another amount')
}
