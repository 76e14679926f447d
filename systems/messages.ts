import { defineEvent, defineTopic, draftEvent, type EventContract } from '@relevo/contracts'
import { z } from 'zod'
import { messageProcessed, postMessage } from './requests/messages.ts'
import type { System } from './system.ts'

const dayMs = 86_400_000

export const messagesTopic = defineTopic({
  name: 'messages',
  summary: 'Messages that were created',
  partitions: 6,
  retentionMs: 7 * dayMs,
  // A content of 256 KiB of control characters takes six bytes for each in JSON: 1.5 MiB, and some for the headers.
  maxMessageBytes: 2 * 1024 * 1024,
})

/** A client has created a message. */
export const messageCreated = defineEvent({
  type: 'message.created',
  version: 1,
  summary: 'A message was created',
  topic: messagesTopic,
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

/** Each message is an event; its effect is a row of the table `messages`. */
export const messagesSystem: System = {
  name: 'messages',
  databases: [{ name: 'messages', folder: 'messages' }],
  services: [
    {
      name: 'messages',
      port: 3000,
      database: 'messages',
      caches: '/eventos',
      status: '/stats',
      route: '/messages',
      chart: {
        resources: { requests: { cpu: '100m', memory: '160Mi' }, limits: { memory: '320Mi' } },
      },
    },
    { name: 'message-processor', port: 3001, database: 'messages', status: '/stats' },
  ],
  relays: [{ name: 'relay-messages', port: 3002, outboxes: ['messages'], source: 'table' }],
  topics: [messagesTopic],
  events: [messageCreated as EventContract],
  flows: [
    {
      topic: messagesTopic,
      group: 'message-processor-group',
      consumer: 'message-processor',
      effects: {
        count: 'select count(*)::int as effects from messages',
        times: `
select event_id::text, (extract(epoch from created_at) * 1000)::float8 as effect_at
from messages where created_at >= to_timestamp($1::float8 / 1000)`,
        list: 'select evento_id::text as event from messages order by id',
      },
    },
  ],
  entry: {
    service: 'messages',
    topic: messagesTopic,
    content: `payload ->> 'content'`,
    requests: [postMessage],
    draft: (content) => draftEvent(messageCreated, { content }),
    arrivals: [messageProcessed],
  },
  tryIt: [`curl -sS {messages}/messages -H 'content-type: application/json' -d '{"content":"Hola"}'`],
}
