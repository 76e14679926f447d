import { requestContext } from '@relevo/kit'
import type { RequestHandler } from 'express'

/** A line for each request: its route, never its address, path, query, headers or body. */
export const logAccess: RequestHandler = (request, response, next) => {
  const beganAt = performance.now()
  response.once('close', () => {
    const { logger } = requestContext(response)
    const facts = {
      method: request.method,
      route: response.locals.route ?? 'unknown',
      status: response.statusCode,
      ms: Math.round(performance.now() - beganAt),
      ...(!response.writableFinished && { broken: true }),
    }
    logger.info(facts, 'request')
  })
  next()
}
