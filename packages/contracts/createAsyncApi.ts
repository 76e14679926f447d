import { z } from 'zod'
import type { EventContract } from './eventContract.ts'
import { type TopicContract, topicDefinition } from './topicContract.ts'

export interface Catalogue {
  topics: readonly TopicContract[]
  events: readonly EventContract[]
}

/** The JSON Schema (draft 7, the newest that AsyncAPI 3.0 names) of an event's payload. */
export function payloadSchema(contract: EventContract): object {
  return z.toJSONSchema(contract.payload, { io: 'input', target: 'draft-7' })
}

/** The AsyncAPI 3.0 description of the catalogue. */
export function createAsyncApi({ topics, events }: Catalogue): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Relevo events',
      version: '1.0.0',
      description: 'Events are CloudEvents 1.0 in the binary content mode of the Kafka binding.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      topics.map((topic) => [channelId(topic), channel(topic, eventsOf(topic, events))]),
    ),
    operations: Object.fromEntries(events.flatMap(operations)),
    components: {
      messages: Object.fromEntries(events.map((event) => [event.type, message(event)])),
      messageTraits: { cloudEvent: { headers: cloudEventHeaders } },
    },
  }
}

function eventsOf(topic: TopicContract, events: readonly EventContract[]): EventContract[] {
  return events.filter((event) => event.topic.name === topic.name)
}

/** `inventory.events` is `inventoryEvents`, and `messages.dlt` is `messagesDeadLetters`. */
function channelId({ name }: TopicContract): string {
  return name
    .replace(/\.dlt$/, '.deadLetters')
    .replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase())
}

function channel(topic: TopicContract, events: readonly EventContract[]): object {
  const { config } = topicDefinition(topic)
  return {
    address: topic.name,
    description: topic.summary,
    messages: Object.fromEntries(events.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      kafka: {
        partitions: topic.partitions,
        topicConfiguration: {
          'retention.ms': Number(config['retention.ms']),
          'max.message.bytes': Number(config['max.message.bytes']),
        },
      },
    },
  }
}

function operations(event: EventContract): [string, object][] {
  const id = channelId(event.topic)
  const target = {
    channel: { $ref: `#/channels/${id}` },
    messages: [{ $ref: `#/channels/${id}/messages/${event.type}` }],
  }
  const send = [event.producer, ...(event.otherProducers ?? [])].map((producer): [string, object] => [
    `${producer}.${event.type}`,
    { action: 'send', summary: `${producer} records it`, ...target },
  ])
  const receive = event.consumers.map((consumer): [string, object] => [
    `${consumer}.${event.type}`,
    { action: 'receive', summary: `${consumer} consumes it`, ...target },
  ])
  return [...send, ...receive]
}

function message(event: EventContract): object {
  const key = event.key
    ? 'What its events keep their order by'
    : "The event's own id: it has no order with others"
  return {
    name: event.type,
    title: event.summary,
    tags: [{ name: `version ${event.version}` }],
    traits: [{ $ref: '#/components/messageTraits/cloudEvent' }],
    payload: { schemaFormat: 'application/schema+json;version=draft-07', schema: payloadSchema(event) },
    bindings: { kafka: { key: { type: 'string', description: key } } },
  }
}

const text = (description: string) => ({ type: 'string', description })

const cloudEventHeaders = {
  type: 'object',
  required: [
    'ce_specversion',
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_time',
    'ce_correlationid',
    'content-type',
  ],
  properties: {
    ce_specversion: { const: '1.0' },
    ce_id: { ...text('The same at each delivery'), format: 'uuid' },
    ce_type: text('The type of the event'),
    ce_source: text('The outbox that it comes from'),
    ce_time: { ...text('When it was recorded, the same at each delivery'), format: 'date-time' },
    ce_outboxid: text('Its number in its outbox, in decimal digits'),
    ce_causationid: text(
      'What it follows from: the id of the event, or command, that was being handled; `request:` and the x-request-id of an HTTP request',
    ),
    ce_correlationid: text('The same for all that follows from one beginning: the id of the first event'),
    'content-type': { const: 'application/json' },
    traceparent: text('W3C trace context of the request that caused it'),
  },
}
