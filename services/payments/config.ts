import {
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  type Environment,
  httpVariables,
  int,
  processVariables,
  share,
  string,
} from '@relevo/kit'
import { checkBatches, consumerVariables } from '@relevo/kit/consumer'
import { parseUnits } from '@relevo/kit/exact'
import { paymentCommands } from '../../systems/shop/paymentCommands.ts'
import { paymentsRequests } from '../../systems/shop/topics.ts'
import { amountDecimals } from './domain/payment.ts'

const providerVariables = {
  providerTimeoutMs: duration('PROVIDER_TIMEOUT_MS', {
    default: 5_000,
    min: 50,
    max: 60_000,
    doc: 'Time limit of a provider call; a call is leased for three times as long',
  }),
  providerConcurrency: int('PROVIDER_CONCURRENCY', {
    default: 32,
    min: 1,
    max: 1_000,
    doc: 'Concurrent calls of the provider',
  }),
  providerRetryInitialDelayMs: duration('PROVIDER_RETRY_INITIAL_DELAY_MS', {
    default: 500,
    min: 1,
    doc: 'Longest pause after the first call whose outcome is unknown; it doubles for each further one',
  }),
  providerRetryMaxDelayMs: duration('PROVIDER_RETRY_MAX_DELAY_MS', {
    default: 30_000,
    min: 1,
    doc: 'Longest pause between two calls for one payment',
  }),
  pollIntervalMs: duration('POLL_INTERVAL_MS', {
    default: 1_000,
    min: 1,
    doc: 'How often the worker checks what other processes have left, and measures what is pending; up to 2.5 times as long while nothing is due',
  }),
  unsettledAfterMs: duration('UNSETTLED_AFTER_MS', {
    default: 300_000,
    min: 1,
    doc: 'A payment that is pending for longer is reported in log and metrics; calls to the provider continue',
  }),
}

const sandboxVariables = {
  sandboxDeclineAbove: string('SANDBOX_DECLINE_ABOVE', {
    default: '100000.00',
    doc: 'The sandbox provider declines charges above this amount, whatever the currency',
  }),
  sandboxSlowMs: duration('SANDBOX_SLOW_MS', {
    default: 0,
    max: 600_000,
    doc: 'How long the sandbox provider takes for each call',
  }),
  sandboxFailureRate: share('SANDBOX_FAILURE_RATE', {
    default: 0,
    doc: 'The share of calls that the sandbox provider fails: half of them before their effect, half after it',
  }),
}

const batchSize = 200

/** What the payments can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5006),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'payments',
      topic: paymentsRequests.name,
      group: 'payments-service-group',
      types: paymentCommands.map(({ type }) => type),
    }),
    batchSize: int('BATCH_SIZE', {
      default: batchSize,
      min: 1,
      max: 1_000,
      doc: 'Maximum number of commands per transaction',
    }),
    ...providerVariables,
    ...sandboxVariables,
  },
  checkKafka,
  checkBatches({ batchSize }),
  checkSandbox,
)

export type PaymentsConfig = ConfigOf<typeof config>

/** An amount in hundredths; undefined when it is none. */
export function parseAmount(text: string): bigint | undefined {
  const units = parseUnits(text, amountDecimals)
  return units !== undefined && units >= 0n ? units : undefined
}

function checkSandbox({ SANDBOX_DECLINE_ABOVE: above }: Environment): string[] {
  const isAmount = !above || parseAmount(above) !== undefined
  return isAmount ? [] : [`SANDBOX_DECLINE_ABOVE must be an amount like 100000.00, not "${above}"`]
}
