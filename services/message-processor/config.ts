import {
  checkKafka,
  databaseVariables,
  defineConfig,
  type Environment,
  httpVariables,
  list,
  processVariables,
} from '@relevo/kit'
import { consumerVariables } from '@relevo/kit/consumer'
import { messagesTopic } from '../../systems/messages.ts'
import { handledTypes } from './events.ts'

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
      attempts: 3,
    }),
    eventTypes: list('EVENT_TYPES', {
      default: [],
      doc: `The event types it handles, of ${handledTypes.join(', ')}; those of others are passed over. Empty: all, and unknown types are dead letters`,
    }),
  },
  checkKafka,
  checkEventTypes,
)

function checkEventTypes(env: Environment): string[] {
  const types = (env.EVENT_TYPES ?? '').split(',').map((type) => type.trim())
  const unknown = types.filter((type) => type !== '' && !handledTypes.includes(type))
  if (unknown.length === 0) return []
  return [
    `EVENT_TYPES must be of ${handledTypes.join(', ')}, not ${unknown.map((type) => `"${type}"`).join(', ')}`,
  ]
}
