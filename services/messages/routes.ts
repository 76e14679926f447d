import type { Handlers, RecordInOneStatement } from '@relevo/kit'
import type { AcknowledgementWatcher, EventState } from '@relevo/outbox'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import type { MessagesConfig } from './config.ts'
import { recordMessage } from './events.ts'
import { type EventsPage, findMessages, findStats } from './lists.ts'
import { checkSize } from './message.ts'
import { stateMessages } from './states.ts'

export interface MessagesParts {
  readonly pool: pg.Pool
  readonly watcher: AcknowledgementWatcher
  /** A page of events, as GET /eventos answers it. */
  findEvents(page: EventsPage): Promise<object>
  readonly config: Pick<MessagesConfig, 'ackWaitMs' | 'messageMaxBytes' | 'partitionBy'>
}

export function createHandlers(parts: MessagesParts): Handlers<Endpoints> {
  const { pool, findEvents } = parts
  return {
    createMessage: createMessage(parts),
    listEvents: async ({ query }) => ({ body: await findEvents(query) }),
    listMessages: async ({ query }) => ({ body: await findMessages(pool, query) }),
    stats: async () => ({ body: await findStats(pool) }),
  }
}

/** What of a recorded message is needed to answer, as JSON has it. */
type Recorded = {
  readonly id: number
  readonly xid: string
  readonly shard: number
  readonly isAsync: boolean
}

function createMessage({
  watcher,
  config,
}: MessagesParts): RecordInOneStatement<Endpoints['createMessage'], Recorded> {
  const { ackWaitMs, messageMaxBytes, partitionBy } = config
  return {
    async recordInOneStatement({ body, headers }, client) {
      checkSize(body.content, messageMaxBytes)
      const { id, xid, shard } = await recordMessage(client, body.content, partitionBy)
      return { id, xid: xid.toString(), shard, isAsync: prefersAsync(headers.prefer) }
    },
    async answer({ id, xid, shard, isAsync }) {
      if (isAsync)
        return { status: 202, headers: { 'preference-applied': 'respond-async' }, body: describe(id, 'P') }
      const event = { id, xid: BigInt(xid), shard }
      const state = ackWaitMs === 0 ? 'P' : await watcher.wait(event, ackWaitMs)
      return { status: 201, body: describe(id, state) }
    },
  }
}

function describe(id: number, state: EventState): object {
  return { success: true, evento_id: id, estado: state, message: stateMessages[state] }
}

/** RFC 7240: preferences have commas between them, and perhaps parameters behind a semicolon. */
function prefersAsync(header = ''): boolean {
  return header
    .split(',')
    .some((preference) => preference.split(';')[0]?.trim().toLowerCase() === 'respond-async')
}
