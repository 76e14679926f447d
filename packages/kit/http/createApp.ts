import express, { type Express, type RequestHandler } from 'express'
import type { Registry } from 'prom-client'
import type { Logger } from '../process/logger.ts'
import { ServiceError } from '../serviceError.ts'
import type { ErrorStyle } from './errorStyle.ts'
import { handleErrors } from './handleErrors.ts'
import type { Health } from './health.ts'
import { measureRequests } from './httpMetrics.ts'
import { readJson } from './readJson.ts'
import { createRequestContext } from './requestContext.ts'
import type { Route } from './route.ts'
import { systemRoutes } from './systemEndpoints.ts'

export interface AppParts {
  name: string
  logger: Logger
  registry: Registry
  health: Health
  routes: readonly Route[]
  /** What /openapi.json answers. */
  openapi: object
  errorStyle: ErrorStyle
  /** Largest request body, in bytes, after decompression; default 1 MiB. */
  maxBodyBytes?: number
}

/**
 * The HTTP side of a service: its routes, /health, /ready, /metrics, /openapi.json, and one answer for each
 * kind of wrong request (400, 404, 405 with Allow, 413, 415).
 */
export function createApp(parts: AppParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(giveContext(parts.logger), measureRequests(parts.registry))
  const maxBodyBytes = parts.maxBodyBytes ?? 1 << 20
  for (const [path, routes] of byPath([...systemRoutes(parts), ...parts.routes]))
    addPath(app, path, routes, maxBodyBytes)
  app.use(() => {
    throw new ServiceError('unknownPath', 'There is nothing at this path.')
  })
  app.use(handleErrors(parts.errorStyle))
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

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>()
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route])
  return paths
}

function addPath(app: Express, path: string, routes: readonly Route[], maxBodyBytes: number): void {
  const target = app.route(path)
  for (const { method, body, parseBody, handle } of routes) {
    const readBody = body ? readJson(maxBodyBytes, parseBody) : []
    target[method](...readBody, async (request, response) => {
      await handle(request, response)
    })
  }
  const allow = allowedMethods(routes)
  target.options((_request, response) => void response.status(204).set('allow', allow).end())
  target.all(() => {
    throw new ServiceError('methodNotAllowed', `Use ${allow}.`, { headers: { allow } })
  })
}

function allowedMethods(routes: readonly Route[]): string {
  const methods = routes.map((route) => route.method.toUpperCase())
  const implied = methods.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS']
  return [...new Set([...methods, ...implied])].join(', ')
}
