import { createAdmin, KafkaError } from '@relevo/kafka'
import type pg from 'pg'
import { z } from 'zod'
import { toKafkaConfig } from '../config/kafkaVariables.ts'
import type { Values } from '../config/loadConfig.ts'
import { inTransaction } from '../database/inTransaction.ts'
import type { Endpoints, Handlers } from '../http/endpoint.ts'
import type { identityVariables } from '../http/identity/identityVariables.ts'
import { integerParameter, storableTime } from '../http/parameters.ts'
import type { ServiceContext } from '../process/service.ts'
import { ServiceError } from '../serviceError.ts'

const count = z.int().min(0)
const time = z.iso.datetime()

const selection = {
  stream: z.string().min(1).max(256).optional().meta({ description: 'Events of this stream: user-<id>' }),
  type: z.string().min(1).max(256).optional().meta({ description: 'Events of this type' }),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'Recorded from then on' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Recorded before then' }),
}

/** Bounds of Kafka's names. */
const group = z.string().min(1).max(255)
const topic = z.string().regex(/^[\w.-]{1,249}$/)

/** Endpoints for operators to publish the events of a service's event store again. */
export const replayEndpoints = {
  previewReplay: {
    method: 'get',
    path: '/replays',
    summary: 'What a replay would publish again',
    role: 'operator',
    query: z.strictObject(selection),
    responses: {
      200: {
        description: 'How much the event store has of it',
        schema: z.object({
          events: count,
          streams: count,
          first_at: time.nullable(),
          last_at: time.nullable(),
        }),
      },
    },
  },
  replay: {
    method: 'post',
    path: '/replays',
    summary:
      'Publishes a page of stored events again, under their ids, to one consumer group or to one topic',
    role: 'operator',
    query: z.strictObject({
      ...selection,
      group: group.optional().meta({ description: 'The inboxes of other groups pass over them' }),
      topic: topic.optional().meta({ description: "Where they go in place of the events' own topic" }),
      after: integerParameter({ min: 0, max: Number.MAX_SAFE_INTEGER }).optional(),
      limit: integerParameter({ min: 1, max: 1_000 }).default(500),
    }),
    responses: {
      200: {
        description: 'What the page had; `next` is the `after` of the page that follows, if there is one',
        schema: z.object({ read: count, published: count, next: count.optional() }),
      },
    },
    errors: { 400: 'Neither "group" nor "topic" says for whom they are, or there is no such topic' },
  },
} as const satisfies Endpoints

interface Selection {
  readonly stream?: string | undefined
  readonly types?: readonly string[] | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

/** What an event store does of it (`@relevo/event-store`). */
export interface ReplaySource {
  count(
    client: pg.Pool,
    selection: Selection,
  ): Promise<{ events: number; streams: number; firstAt: Date | undefined; lastAt: Date | undefined }>
  replay(
    client: pg.PoolClient,
    request: Selection & {
      readonly group?: string | undefined
      readonly topic?: string | undefined
      readonly after?: number | undefined
      readonly limit?: number | undefined
    },
  ): Promise<{ read: number; published: number; next?: number }>
}

type Context = Pick<ServiceContext<Values<typeof identityVariables>>, 'config' | 'pool'>

/** What answers {@link replayEndpoints}. */
export function replayHandlers(
  { config, pool }: Context,
  source: ReplaySource,
): Handlers<typeof replayEndpoints> {
  return {
    previewReplay: async ({ query }) => {
      const { events, streams, firstAt, lastAt } = await source.count(pool, toSelection(query))
      return { body: { events, streams, first_at: firstAt ?? null, last_at: lastAt ?? null } }
    },
    replay: async ({ query }) => {
      const { group, topic, after, limit } = query
      if (group === undefined && topic === undefined)
        throw new ServiceError('invalidRequest', 'Say for whom: "group", a consumer group, or "topic".')
      if (topic !== undefined) await requireTopic(config, topic)
      const request = { ...toSelection(query), group, topic, after, limit }
      return { body: await inTransaction(pool, (client) => source.replay(client, request)) }
    },
  }
}

/**
 * Events to a topic that is not there would wait in the outbox, and those of their keys that come behind them.
 * @throws ServiceError `invalidRequest` or `unavailable`.
 */
async function requireTopic(config: Context['config'], topic: string): Promise<void> {
  const { kafkaBrokers } = config
  if (kafkaBrokers === undefined)
    throw new ServiceError('unavailable', 'Set KAFKA_BROKERS, so that it can be asked for the topic.')
  const admin = createAdmin(toKafkaConfig({ ...config, kafkaBrokers }))
  try {
    await admin.topicOffsets([topic])
  } catch (cause) {
    if (!(cause instanceof KafkaError)) throw cause
    if (cause.scope === 'cluster')
      throw new ServiceError('unavailable', 'Kafka cannot be asked for the topic just now.', { cause })
    throw new ServiceError(
      'invalidRequest',
      `Make the topic ${topic} first, with the right to describe it.`,
      {
        cause,
      },
    )
  } finally {
    await admin.close()
  }
}

function toSelection(query: { [Name in keyof typeof selection]?: string | undefined }): Selection {
  const { stream, type, from, to } = query
  const timeOf = (text: string | undefined) =>
    text === undefined ? undefined : storableTime(Date.parse(text))
  return { stream, types: type === undefined ? undefined : [type], from: timeOf(from), to: timeOf(to) }
}
