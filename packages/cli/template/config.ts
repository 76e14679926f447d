import { checkKafka, databaseVariables, defineConfig, httpVariables, processVariables } from '@relevo/kit'
import { consumerVariables } from '@relevo/kit/consumer'
import { handlers, ordersTopic } from './events.ts'

/** The variables of the environment. Add yours by int(), string(), duration() … of @relevo/kit. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(3000),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'orders',
      topic: ordersTopic.name,
      group: 'invoicing',
      types: Object.keys(handlers),
    }),
  },
  checkKafka,
)
