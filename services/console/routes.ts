import { type Call, type Handlers, type Reply, ServiceError, toPage } from '@relevo/kit'
import type pg from 'pg'
import type { Actions } from './actions.ts'
import type { Endpoints } from './api.ts'
import { Auditor } from './audit/auditor.ts'
import { eventHandlers } from './events/eventRoutes.ts'
import type { TraceUrlOf } from './events/traceUrl.ts'
import { type KafkaParts, kafkaHandlers } from './kafka/kafkaRoutes.ts'
import type { LiveStream } from './liveStream.ts'
import { maskedNames } from './masking.ts'
import { readHistory } from './overview/readHistory.ts'
import type { Asset, Bundle } from './pages/bundle.ts'
import { pageHeaders, pageHtml, preferredLanguage } from './pages/pageHtml.ts'
import { sagaHandlers } from './sagaRoutes.ts'
import type { Sessions } from './session/sessions.ts'
import type { Board } from './sources/board.ts'
import type { Ask } from './sources/serviceClient.ts'
import { listActions } from './sql/actions.ts'
import { undelivered } from './undelivered.ts'

export interface ConsoleParts {
  readonly ask: Ask
  readonly board: Board
  readonly stream: LiveStream
  readonly bundle: Bundle
  readonly actions: Actions
  readonly sessions: Sessions
  readonly pool: pg.Pool
  readonly maskedFields: readonly string[]
  readonly traceUrl: TraceUrlOf
  readonly kafka: KafkaParts
}

export function createHandlers(parts: ConsoleParts): Handlers<Endpoints> {
  const { board, stream, bundle, sessions, pool } = parts
  const isMasked = maskedNames(parts.maskedFields)
  const auditor = new Auditor(parts)
  const page = ({ headers }: Call<Endpoints['home']>): Reply => ({
    headers: pageHeaders,
    body: pageHtml(bundle, preferredLanguage(headers['accept-language'])),
  })
  return {
    home: page,
    undeliveredPage: page,
    groupPage: page,
    sagasPage: page,
    sagaPage: page,
    eventsPage: page,
    tracePage: page,
    kafkaPage: page,
    topicPage: page,
    consumerGroupPage: page,
    actionsPage: page,
    auditPage: page,
    asset: ({ params: { name }, headers }) => assetReply(bundle, name, headers['accept-encoding']),
    ...sessionHandlers(sessions),
    showHistory: async ({ query: { minutes } }) => ({ body: await readHistory(pool, minutes) }),
    showBoard: async () => ({ body: await board.current() }),
    listen: ({ context: { request } }) => {
      stream.admit()
      const headers = {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      }
      if (request.method === 'HEAD') return { headers }
      return { headers, stream: (response) => stream.open(response) }
    },
    showAudit: async () => ({ body: await auditor.current() }),
    ...undelivered({ ...parts, isMasked }),
    ...sagaHandlers({ ...parts, isMasked }),
    ...eventHandlers({ ...parts, isMasked }),
    ...kafkaHandlers({ ...parts, isMasked }),
    abortAction: async ({ params: { id }, context: { request } }) => {
      const { name } = await sessions.require(request)
      await parts.actions.abort(id, name)
      return { body: { success: true } }
    },
    listActions: async ({ query: { cursor, limit } }) => {
      const rows = await listActions(pool, { before: cursor, limit: limit + 1 })
      return { body: toPage('actions', rows, { limit }) }
    },
  }
}

function sessionHandlers(sessions: Sessions) {
  return {
    showSession: async ({ context }: Call<Endpoints['showSession']>): Promise<Reply> => {
      const { operator, renewAt, cookie } = await sessions.show(context.request, isSecure(context))
      const body = {
        operator: operator?.name ?? null,
        csrf: operator?.csrf ?? null,
        log_in: sessions.ways,
        renew_at: renewAt === undefined ? null : new Date(renewAt).toISOString(),
      }
      return { headers: { 'cache-control': 'no-store', ...(cookie && { 'set-cookie': cookie }) }, body }
    },
    logIn: async ({ body, context }: Call<Endpoints['logIn']>): Promise<Reply> => {
      const { request } = context
      const begun =
        'email' in body
          ? await sessions.logInTo(body, request, isSecure(context))
          : { cookie: await sessions.logIn(body.token, body.name, isSecure(context)), name: body.name }
      const headers = { 'set-cookie': begun.cookie, 'cache-control': 'no-store' }
      return { headers, body: { operator: begun.name } }
    },
    logOut: async ({ context }: Call<Endpoints['logOut']>): Promise<Reply> => ({
      headers: { 'set-cookie': await sessions.logOut(context.request, isSecure(context)) },
      body: { success: true },
    }),
  }
}

/** Did the browser come by TLS, which ended at the gateway? */
function isSecure({ request }: Call['context']): boolean {
  return request.headers['x-forwarded-proto'] === 'https'
}

function assetReply({ script, style }: Bundle, name: string, accepted = ''): Reply {
  const found = [script, style].find((asset: Asset) => asset.name === name)
  if (found === undefined)
    throw new ServiceError('notFound', 'There is no such file any more: load the page again.')
  const isGzipped = /\bgzip\b/.test(accepted)
  return {
    headers: {
      'content-type': found.type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(isGzipped && { 'content-encoding': 'gzip' }),
    },
    body: isGzipped ? found.gzipped : found.bytes,
  }
}
