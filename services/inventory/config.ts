import {
  checkKafka,
  currency,
  databaseVariables,
  defineConfig,
  httpVariables,
  int,
  processVariables,
} from '@relevo/kit'
import { checkBatches, consumerVariables } from '@relevo/kit/consumer'
import { inventoryCommands } from '../../systems/shop/inventoryCommands.ts'
import { inventoryRequests } from '../../systems/shop/topics.ts'

const batchSize = 200

/** What the inventory can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(5001),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'inventory',
      topic: inventoryRequests.name,
      group: 'inventory-service-group',
      types: inventoryCommands.map(({ type }) => type),
    }),
    currency: currency('SHOP_CURRENCY', { default: 'USD', doc: 'Of all prices: a code of ISO 4217' }),
    batchSize: int('BATCH_SIZE', {
      default: batchSize,
      min: 1,
      max: 1_000,
      doc: 'Maximum number of commands per transaction, during which their products are locked',
    }),
  },
  checkKafka,
  checkBatches({ batchSize }),
)
