import type { Call, Handlers, Reply } from '@relevo/kit'
import type { AcknowledgementWatcher, EventState, RecordedEvent } from '@relevo/outbox'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import type { MessagesConfig } from './config.ts'
import { recordMessage } from './events.ts'
import { findEvents, findMessages, findStats } from './lists.ts'
import { checkSize } from './message.ts'
import { stateMessages } from './states.ts'

export interface MessagesParts {
  readonly pool: pg.Pool
  readonly watcher: AcknowledgementWatcher
  readonly config: Pick<MessagesConfig, 'ackWaitMs' | 'messageMaxBytes' | 'partitionBy'>
}

export function createHandlers(parts: MessagesParts): Handlers<Endpoints> {
  const { pool } = parts
  return {
    createMessage: (call) => createMessage(parts, call),
    listEvents: async ({ query }) => ({ body: await findEvents(pool, query) }),
    listMessages: async ({ query }) => ({ body: await findMessages(pool, query) }),
    stats: async () => ({ body: await findStats(pool) }),
  }
}

async function createMessage(
  { pool, watcher, config }: MessagesParts,
  { body, headers, context }: Call<Endpoints['createMessage']>,
): Promise<Reply> {
  const { ackWaitMs, messageMaxBytes, partitionBy } = config
  checkSize(body.content, messageMaxBytes)
  const { traceparent } = context
  const event = await recordMessage(pool, body.content, { partitionBy, traceparent })
  if (prefersAsync(headers.prefer))
    return { status: 202, headers: { 'preference-applied': 'respond-async' }, body: answer(event, 'P') }
  const state = ackWaitMs === 0 ? 'P' : await watcher.wait(event, ackWaitMs)
  return { status: 201, body: answer(event, state) }
}

function answer(event: RecordedEvent, state: EventState): object {
  return { success: true, evento_id: event.id, estado: state, message: stateMessages[state] }
}

/** RFC 7240: preferences have commas between them, and perhaps parameters behind a semicolon. */
function prefersAsync(header = ''): boolean {
  return header
    .split(',')
    .some((preference) => preference.split(';')[0]?.trim().toLowerCase() === 'respond-async')
}
