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
      doc: 'Replies that take effect in one transaction at most: their sagas are locked for so long',
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
      doc: 'Attempts of a step before the order is cancelled, and what was done for it undone',
    }),
    forwardTimeoutMs: duration('FORWARD_TIMEOUT_MS', {
      default: 5_000,
      min: 1,
      doc: 'The same for what undoes a step, and for what follows a confirmation: that is tried until it is answered',
    }),
    stuckAfter: int('STUCK_AFTER', {
      default: 5,
      min: 1,
      max: 100,
      doc: 'Attempts of those after which their saga is stuck, for which there is an alert',
    }),
  },
  checkKafka,
  checkBatches({ batchSize }),
)
