import { z } from 'zod'

// Nothing but zod is imported here: the pages take their types from these.
const count = z.int().min(0)
const bytes = count.nullable().meta({ description: 'Null: Kafka does not tell' })
const time = z.iso.datetime()

export const kafkaState = z.object({
  cluster_id: z.string(),
  brokers: z.array(
    z.object({
      id: z.int(),
      host: z.string(),
      port: z.int(),
      rack: z.string().nullable(),
      controller: z.boolean(),
      bytes,
      leads: count.meta({ description: 'Partitions that it leads' }),
    }),
  ),
  topics: z.array(
    z.object({
      topic: z.string(),
      partitions: count,
      replicas: count,
      behind: count.meta({ description: 'Partitions of which a replica is not in sync' }),
      messages: count,
      bytes,
      per_second: z.number().nullable().meta({ description: 'Null: it was looked at once only' }),
    }),
  ),
  groups: z.array(z.object({ group: z.string(), state: z.string(), type: z.string(), lag: count })),
})
export type KafkaState = z.output<typeof kafkaState>

const ends = { start: count, end: count }

export const kafkaTopicState = z.object({
  topic: z.string(),
  partitions: z.array(
    z.object({
      partition: count,
      leader: z.int(),
      replicas: z.array(z.int()),
      in_sync: z.array(z.int()),
      ...ends,
      bytes,
    }),
  ),
  settings: z.array(
    z.object({
      name: z.string(),
      value: z.string().nullable().meta({ description: 'Null: it is a secret' }),
      own: z.boolean().meta({ description: 'Set for this topic, and not the default of the brokers' }),
    }),
  ),
  groups: z.array(z.object({ group: z.string(), state: z.string(), lag: count })),
})
export type KafkaTopicState = z.output<typeof kafkaTopicState>

export const kafkaGroupState = z.object({
  group: z.string(),
  state: z.string(),
  type: z.string(),
  members: z.array(
    z.object({ member: z.string(), client: z.string(), host: z.string(), partitions: z.array(z.string()) }),
  ),
  offsets: z.array(
    z.object({ topic: z.string(), partition: count, committed: count.nullable(), ...ends, lag: count }),
  ),
})
export type KafkaGroupState = z.output<typeof kafkaGroupState>

const payload = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('json'), text: z.string() }),
  z.object({ kind: z.literal('opaque'), bytes: count }),
  z.object({ kind: z.literal('none') }),
])

const message = z.object({
  partition: count,
  offset: count,
  time,
  key: z.string().nullable(),
  type: z.string().nullable(),
  event_id: z.string().nullable(),
  bytes: count.nullable(),
  codec: z.string().nullable().meta({ description: 'Of the batch that it was in' }),
  fault: z.string().nullable().meta({ description: 'Why it could not be read as it is' }),
  content: z
    .object({ headers: z.record(z.string(), z.string()), payload })
    .nullable()
    .meta({ description: 'Masked; null for those who are not logged in' }),
})
export type KafkaMessage = z.output<typeof message>

export const kafkaMessages = z.object({
  messages: z.array(message),
  partitions: z
    .array(z.object({ partition: count, ...ends, from: count, next: count }))
    .meta({ description: 'What was looked at of each: from `from` up to, and not with, `next`' }),
  stopped: z
    .enum(['end', 'records', 'bytes', 'time'])
    .meta({ description: '`end`: there is no more; else the bound that ended it' }),
  bytes: count,
})
export type KafkaMessages = z.output<typeof kafkaMessages>

export const resetPreview = z.object({
  members: count.meta({ description: 'With any it is refused' }),
  again: count.meta({ description: 'Records that would be consumed again' }),
  skipped: count.meta({ description: 'Records that would not be consumed at all' }),
  partitions: z.array(
    z.object({ partition: count, committed: count.nullable(), target: count, again: count, skipped: count }),
  ),
})
export type ResetPreview = z.output<typeof resetPreview>
