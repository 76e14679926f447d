import { z } from 'zod'
import { defineEvent, type EventContract } from './eventContract.ts'
import { topics } from './topics.ts'

/** A client has created a message. */
export const messageCreated = defineEvent({
  type: 'message.created',
  version: 1,
  summary: 'A message was created',
  topic: topics.messages,
  payload: z.object({
    content: z
      .string()
      .min(1)
      .meta({ description: 'What the client wrote', examples: ['Mi primer evento'] }),
  }),
  // Messages have nothing to do with each other; a common key would only make them wait for each other.
  key: null,
  partitionBy: 'key',
  producer: 'messages',
  consumers: ['message-processor'],
})

/** Every event of the catalogue. */
export const events: readonly EventContract[] = [messageCreated as EventContract]
