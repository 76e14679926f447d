import { type Endpoint, integerParameter } from '@relevo/kit'
import { z } from 'zod'
import { done, note, operatorErrors } from '../schemas.ts'
import { kafkaGroupState, kafkaMessages, kafkaState, kafkaTopicState, resetPreview } from './kafkaSchemas.ts'
import { beginnings } from './readMessages.ts'
import { resetPlaces } from './resetGroup.ts'

const topic = z.string().min(1).max(249)
const group = z.string().min(1).max(500)
const reset = { group, topic, to: z.enum(resetPlaces), time: z.iso.datetime().optional() }
const offset = { min: 0, max: Number.MAX_SAFE_INTEGER }

/** What the pages ask of Kafka. Every read has bounds of time and bytes, and tells where it stopped. */
export const kafkaEndpoints = {
  showKafka: {
    method: 'get',
    path: '/console/kafka',
    summary: 'Brokers, topics and groups',
    access: 'public',
    responses: { 200: { description: 'The cluster', schema: kafkaState } },
  },
  showTopic: {
    method: 'get',
    path: '/console/kafka/topic',
    summary: 'A topic with its partitions, settings and groups',
    access: 'public',
    query: z.strictObject({ topic }),
    responses: { 200: { description: 'The topic', schema: kafkaTopicState } },
    errors: { 404: 'There is no such topic' },
  },
  listMessages: {
    method: 'get',
    path: '/console/kafka/messages',
    summary: 'Records of a topic: the newest, or from an offset or a time on; by key or event',
    access: 'public',
    query: z.strictObject({
      topic,
      partition: integerParameter({
        min: 0,
        max: 1_000_000,
        description: 'Default: all, or that of the key',
      }).optional(),
      from: z.enum(beginnings).default('tail'),
      offset: integerParameter(offset).optional(),
      time: z.iso.datetime().optional(),
      key: z.string().min(1).optional(),
      everywhere: z.literal('true').optional().meta({ description: 'In all partitions, also with a key' }),
      event: z.uuid().optional().meta({ description: 'Only the record with this `ce_id`' }),
      limit: integerParameter({ min: 1, max: 200, description: 'How many at most' }).default(50),
    }),
    responses: { 200: { description: 'Records, and what was looked at', schema: kafkaMessages } },
    errors: { 404: 'There is no such topic or partition' },
  },
  showConsumerGroup: {
    method: 'get',
    path: '/console/kafka/group',
    summary: 'A group with its members and offsets',
    access: 'public',
    query: z.strictObject({ group }),
    responses: { 200: { description: 'The group', schema: kafkaGroupState } },
    errors: { 404: 'There is no such group' },
  },
  previewReset: {
    method: 'get',
    path: '/console/kafka/reset',
    summary: 'What a reset of the offsets would do',
    access: 'public',
    query: z.strictObject(reset),
    responses: { 200: { description: 'What it would do', schema: resetPreview } },
    errors: { 404: 'There is no such topic or group' },
  },
  resetGroup: {
    method: 'post',
    path: '/console/kafka/reset',
    summary: 'Sets where a group without members goes on',
    access: 'public',
    once: false,
    body: z.strictObject({ ...reset, note }),
    responses: { 200: { description: 'In how many partitions it was done', schema: done } },
    errors: { ...operatorErrors, 404: 'There is no such topic or group', 409: 'The group has members' },
  },
} as const satisfies Record<string, Endpoint>
