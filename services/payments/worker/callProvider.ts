import { performance } from 'node:perf_hooks'
import type { Outcome } from '../domain/settle.ts'
import type { PaymentMetrics } from '../metrics.ts'
import { type PaymentProvider, ProviderError } from '../provider/provider.ts'
import type { LeasedCall } from '../sql/leaseCalls.ts'

export type CallResult =
  | { readonly known: true; readonly outcome: Outcome }
  | { readonly known: false; readonly error: unknown }

interface CallOptions {
  readonly provider: PaymentProvider
  readonly timeoutMs: number
  readonly metrics: Pick<PaymentMetrics, 'calls' | 'callSeconds'>
}

/** Makes a call with the order as idempotency key. Whatever is thrown, or takes too long, leaves its outcome unknown. */
export async function callProvider(
  { provider, timeoutMs, metrics }: CallOptions,
  call: LeasedCall,
): Promise<CallResult> {
  const { operation } = call
  const begun = performance.now()
  const count = (result: string) => {
    metrics.calls.inc({ operation, result })
    metrics.callSeconds.observe({ operation }, (performance.now() - begun) / 1_000)
  }
  try {
    const outcome = await withinTime(timeoutMs, (signal) => ask(provider, call, signal))
    count(outcome.type)
    return { known: true, outcome }
  } catch (error) {
    count('unknown')
    return { known: false, error }
  }
}

async function ask(provider: PaymentProvider, call: LeasedCall, signal: AbortSignal): Promise<Outcome> {
  const { operation, orderId: key, charge, providerReference } = call
  if (operation === 'authorize') return provider.authorize({ key, ...charge }, signal)
  const { amountMinor, currency } = charge
  await provider.refund({ key, reference: providerReference ?? '', amountMinor, currency }, signal)
  return { type: 'refunded' }
}

/** Does not rely on the work to heed its signal. */
async function withinTime<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const bound = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const error = new ProviderError('timeout', `The provider did not answer within ${ms} ms`)
    late.reject(error)
    bound.abort(error)
  }, ms)
  try {
    return await Promise.race([work(bound.signal), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
