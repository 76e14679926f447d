import {
  checkKafka,
  currency,
  databaseVariables,
  defineConfig,
  duration,
  httpVariables,
  int,
  processVariables,
} from '@relevo/kit'
import { checkBatches, consumerVariables } from '@relevo/kit/consumer'
import { inventoryReplies } from '../../systems/shop/inventoryReplies.ts'
import { paymentReplies } from '../../systems/shop/paymentReplies.ts'
import { inventoryResponses, paymentsResponses } from '../../systems/shop/topics.ts'

const replyTypes = [...inventoryReplies, ...paymentReplies].map(({ type }) => type)

/**
 * Each reply has its order record something, seldom under a second key: of up to 32 keys an outbox locks each alone, and of more their
 * buckets, for which two transactions are more likely to wait for each other (docs/adr/0002-key-lock.md).
 */
const batchSize = 32

/** What the orders can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5002),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'orders',
      topic: [inventoryResponses.name, paymentsResponses.name],
      group: 'order-service-group',
      types: replyTypes,
    }),
    currency: currency('SHOP_CURRENCY', { default: 'USD', doc: 'Of all prices: a code of ISO 4217' }),
    batchSize: int('BATCH_SIZE', {
      default: batchSize,
      min: 1,
      max: 1_000,
      doc: 'Maximum number of replies per transaction, during which their sagas are locked',
    }),
    stepTimeoutMs: duration('STEP_TIMEOUT_MS', {
      default: 10_000,
      min: 1,
      doc: 'How long a step of an order waits for its reply at first; each further attempt waits twice as long',
    }),
    stepAttempts: int('STEP_ATTEMPTS', {
      default: 3,
      min: 1,
      max: 20,
      doc: 'Attempts of a step before the order is cancelled and its steps are undone',
    }),
    forwardTimeoutMs: duration('FORWARD_TIMEOUT_MS', {
      default: 5_000,
      min: 1,
      doc: 'The same for compensations and steps after the confirmation, which are retried until they are answered',
    }),
    stuckAfter: int('STUCK_AFTER', {
      default: 5,
      min: 1,
      max: 100,
      doc: 'Attempts of these after which their saga counts as stuck, with an alert',
    }),
  },
  checkKafka,
  checkBatches({ batchSize }),
)
