import { type Route, requestContext } from '@relevo/kit'
import type { AcknowledgementWatcher, EventState, RecordedEvent } from '@relevo/outbox'
import type { Request, Response } from 'express'
import type pg from 'pg'
import { endpoints } from './api.ts'
import type { MessagesConfig } from './config.ts'
import { recordMessage } from './events.ts'
import { findEvents, findMessages, findStats } from './lists.ts'
import { parseMessage } from './message.ts'
import { parseEventsPage, parsePage } from './page.ts'
import { stateMessages } from './states.ts'

export interface MessagesParts {
  pool: pg.Pool
  watcher: AcknowledgementWatcher
  config: Pick<MessagesConfig, 'ackWaitMs' | 'messageMaxBytes' | 'partitionBy'>
}

/** What answers the endpoints of the messages API. */
export function createRoutes(parts: MessagesParts): Route[] {
  const { pool } = parts
  return [
    { ...endpoints.createMessage, handle: (request, response) => createMessage(parts, request, response) },
    {
      ...endpoints.listEvents,
      handle: async (request, response) => {
        response.json(await findEvents(pool, parseEventsPage(request.query)))
      },
    },
    {
      ...endpoints.listMessages,
      handle: async (request, response) => {
        response.json(await findMessages(pool, parsePage(request.query)))
      },
    },
    {
      ...endpoints.stats,
      handle: async (_request, response) => {
        response.json(await findStats(pool))
      },
    },
  ]
}

async function createMessage(parts: MessagesParts, request: Request, response: Response): Promise<void> {
  const { pool, watcher, config } = parts
  const content = parseMessage(request.body, config.messageMaxBytes)
  const { traceparent } = requestContext(response)
  const event = await recordMessage(pool, content, { partitionBy: config.partitionBy, traceparent })
  if (prefersAsync(request.headers.prefer)) {
    response.status(202).set('preference-applied', 'respond-async').json(answer(event, 'P'))
    return
  }
  const state = config.ackWaitMs === 0 ? 'P' : await watcher.wait(event, config.ackWaitMs)
  response.status(201).json(answer(event, state))
}

function answer(event: RecordedEvent, state: EventState): object {
  return { success: true, evento_id: event.id, estado: state, message: stateMessages[state] }
}

/** RFC 7240: preferences have commas between them, and perhaps parameters behind a semicolon. */
function prefersAsync(header: string | string[] | undefined): boolean {
  const preferences = [header ?? []].flat().join(',').split(',')
  return preferences.some((preference) => preference.split(';')[0]?.trim().toLowerCase() === 'respond-async')
}
