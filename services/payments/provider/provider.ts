import type { Charge, DeclineReason } from '../domain/payment.ts'

/** What is asked of the provider. The same key asks for the same again, and has no second effect. */
export interface AuthorizeRequest extends Charge {
  readonly key: string
}

export interface RefundRequest {
  readonly key: string
  /** Of the charge, as `authorize` returned it. */
  readonly reference: string
  readonly amountMinor: bigint
  readonly currency: string
}

export type Authorization =
  | { readonly type: 'approved'; readonly reference: string }
  | { readonly type: 'declined'; readonly reason: DeclineReason }

/**
 * Who moves the money. Whatever is thrown means that the outcome is not known: it is asked again with the same key, and never
 * taken for a refusal. Nothing it does is in a transaction of the service's.
 */
export interface PaymentProvider {
  /** @throws whatever leaves the outcome unknown. */
  authorize(request: AuthorizeRequest, signal: AbortSignal): Promise<Authorization>
  /** Gives all of a charge back. @throws whatever leaves the outcome unknown. */
  refund(request: RefundRequest, signal: AbortSignal): Promise<void>
}

export const providerErrorCodes = [
  'unavailable', // it did not answer, or that it cannot
  'timeout',
  'keyReused', // the key has been used for something else
  'unknownCharge',
] as const

export type ProviderErrorCode = (typeof providerErrorCodes)[number]

/** Why the outcome of a call is not known. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly code: ProviderErrorCode

  constructor(code: ProviderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
