import { checkKafka, databaseVariables, defineConfig, httpVariables, processVariables } from '@relevo/kit'
import { consumerVariables } from '@relevo/kit/consumer'
import { messagesTopic } from '../../systems/messages.ts'
import { handlers } from './events.ts'

/** What the message processor can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(3001),
    ...databaseVariables,
    ...consumerVariables({
      clientId: 'message-processor',
      topic: messagesTopic.name,
      group: 'message-processor-group',
      types: Object.keys(handlers),
      attempts: 3,
    }),
  },
  checkKafka,
)
