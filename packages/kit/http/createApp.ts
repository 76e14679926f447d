import { withOrigin } from '@relevo/origin'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { Logger } from '../process/logger.ts'
import { ServiceError } from '../serviceError.ts'
import { checkCall } from './checkCall.ts'
import { createOpenApi } from './createOpenApi.ts'
import {
  type Api,
  type Endpoints,
  type Handler,
  type Handlers,
  type OnceHandler,
  type Reply,
  type Route,
  routesOf,
} from './endpoint.ts'
import type { ErrorTexts } from './errorTexts.ts'
import { type GuardSettings, guardEndpoint, guardRequests } from './guard.ts'
import { handleErrors } from './handleErrors.ts'
import type { Health } from './health.ts'
import { measureRequests } from './httpMetrics.ts'
import { answerOnce } from './idempotency/answerOnce.ts'
import { claimOf, takesEffectOnce, withIdempotencyKey } from './idempotency/idempotencyKey.ts'
import { readJson } from './readJson.ts'
import { createRequestContext, originOfRequest, requestContext } from './requestContext.ts'
import { systemEndpoints, systemHandlers } from './systemEndpoints.ts'
import { inRequestSpan, traceRequests } from './traceRequests.ts'

export interface AppParts<E extends Endpoints> {
  readonly name: string
  readonly logger: Logger
  readonly registry: Registry
  readonly health: Health
  readonly api: Api<E>
  readonly handlers: Handlers<E>
  /** Largest request body, in bytes, after decompression; default 1 MiB. */
  readonly maxBodyBytes?: number | undefined
  readonly guard: GuardSettings
  /** Holds what POSTs change, and the schema `idempotency`; needed by endpoints that take effect once. */
  readonly pool?: pg.Pool | undefined
  /** Answers at paths where there is no endpoint, or hands on. */
  readonly otherPaths?: RequestHandler | undefined
}

/**
 * The HTTP side of a service: its endpoints, which get only what their schemas let through, /health, /ready, /serving, /metrics,
 * /openapi.json, and one answer for each kind of wrong request (400, 401, 403, 404, 405 with Allow, 413, 415).
 * A POST takes effect once for each Idempotency-Key.
 */
export function createApp<E extends Endpoints>(parts: AppParts<E>): Express {
  const { api, handlers, guard, pool, maxBodyBytes = 1 << 20 } = parts
  const app = express()
  app.disable('x-powered-by')
  app.use(giveContext(parts.logger), traceRequests(), measureRequests(parts.registry), guardRequests(guard))
  const routes = [
    ...routesOf(systemEndpoints, systemHandlers({ ...parts, openapi: createOpenApi(api) })),
    ...routesOf(api.endpoints, handlers),
  ]
  const byPath = Map.groupBy(routes, ({ endpoint }) => endpoint.path)
  for (const [path, ofPath] of byPath)
    addPath(app, path, ofPath, { maxBodyBytes, guard, pool, texts: api.errors.texts })
  if (parts.otherPaths) app.use(parts.otherPaths)
  app.use(() => {
    throw new ServiceError('unknownPath', 'There is nothing at this path.')
  })
  app.use(handleErrors(api.errors))
  return app
}

function giveContext(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const context = createRequestContext(request, logger)
    response.locals.context = context
    response.set({ 'x-request-id': context.requestId, 'x-content-type-options': 'nosniff' })
    next()
  }
}

interface PathSettings {
  readonly maxBodyBytes: number
  readonly guard: GuardSettings
  readonly pool: pg.Pool | undefined
  readonly texts: ErrorTexts
}

function addPath(app: Express, path: string, routes: readonly Route[], settings: PathSettings): void {
  const target = app.route(path)
  for (const route of routes) {
    const { endpoint } = route
    const readBody = endpoint.body ? readJson(endpoint, settings.maxBodyBytes) : []
    target[endpoint.method](guardEndpoint(endpoint, settings.guard), ...readBody, answer(route, settings))
  }
  const allow = allowedMethods(routes)
  target.options((_request, response) => void response.status(204).set('allow', allow).end())
  target.all(() => {
    throw new ServiceError('methodNotAllowed', `Use ${allow}.`, { headers: { allow } })
  })
}

function answer({ endpoint, handle }: Route, { pool, texts }: PathSettings): RequestHandler {
  const checked = withIdempotencyKey(endpoint, texts)
  const reply = (request: Request): Reply | Promise<Reply> => {
    const call = checkCall(checked, request, texts)
    if (!takesEffectOnce(endpoint)) return (handle as Handler)(call)
    if (pool === undefined)
      throw new Error(`POST ${endpoint.path} takes effect once, which needs a database.`)
    return answerOnce(handle as OnceHandler, call, { pool, claim: claimOf(endpoint, request) })
  }
  return async (request, response) => {
    const context = requestContext(response)
    const work = () => withOrigin(originOfRequest(context), () => reply(request))
    send(response, await inRequestSpan(context.span, work))
  }
}

function send(response: Response, { status = 200, headers = {}, body, stream }: Reply): void {
  response.status(status).set(headers)
  if (stream !== undefined) {
    response.flushHeaders()
    stream(response)
  } else if (headers['content-type'] === undefined) response.json(body)
  else response.end(body)
}

function allowedMethods(routes: readonly Route[]): string {
  const methods = routes.map(({ endpoint }) => endpoint.method.toUpperCase())
  const implied = methods.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS']
  return [...new Set([...methods, ...implied])].join(', ')
}
