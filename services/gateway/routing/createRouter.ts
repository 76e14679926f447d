import { ServiceError } from '@relevo/kit'
import { type RequestHandler, Router } from 'express'
import { prefixOf, type RoutedEndpoint, type RoutedService } from './routes.ts'

export interface RouterParts {
  readonly services: readonly RoutedService[]
  /** Undefined: the service is not there. */
  handlerOf(service: RoutedService): ((endpoint: RoutedEndpoint) => RequestHandler) | undefined
}

/**
 * Finds the endpoint that a request is for. The services find theirs by the same router and in the same order, so that both always
 * mean the same one; what no service declares is not passed on.
 */
export function createRouter({ services, handlerOf }: RouterParts): Router {
  const router = Router()
  router.use(checkPath)
  for (const service of services) {
    const handle = handlerOf(service)
    router.use(prefixOf(service) || '/', handle ? endpointsOf(service, handle) : notInstalled(service))
  }
  return router
}

const plain = /^\/[!-~]*$/
const dotSegment = /^(?:\.|%2e){1,2}$/i

/** A path that a service may read as another one is nobody's. */
const checkPath: RequestHandler = (request, _response, next) => {
  const [path = ''] = request.url.split('?', 1)
  const segments = path.split('/').slice(1)
  const isClear =
    plain.test(request.url) &&
    !/[\\#]/.test(request.url) &&
    !segments.slice(0, -1).includes('') &&
    !segments.some((segment) => dotSegment.test(segment))
  if (!isClear)
    throw new ServiceError(
      'badRequest',
      'The path must be plain: no empty or dot segments, backslashes, fragments or other characters than ASCII.',
    )
  next()
}

function endpointsOf(service: RoutedService, handle: (endpoint: RoutedEndpoint) => RequestHandler): Router {
  const router = Router()
  const prefix = prefixOf(service)
  for (const [path, ofPath] of Map.groupBy(service.endpoints, (endpoint) => endpoint.path)) {
    const route = router.route(path)
    const name: RequestHandler = (_request, response, next) => {
      response.locals.route = `${prefix}${path}`
      next()
    }
    route.all(name)
    for (const endpoint of ofPath) route[endpoint.method](handle(endpoint))
    const allow = allowed(ofPath)
    route.options((_request, response) => void response.status(204).set('allow', allow).end())
    route.all(() => {
      throw new ServiceError('methodNotAllowed', `Use ${allow}.`, { headers: { allow } })
    })
  }
  return router
}

function allowed(endpoints: readonly RoutedEndpoint[]): string {
  const methods = endpoints.map(({ method }) => method.toUpperCase())
  return [...new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].join(', ')
}

function notInstalled({ service, route }: RoutedService): RequestHandler {
  return () => {
    throw new ServiceError(
      'unknownPath',
      `/api${route} leads to the service ${service}, which is not installed here.`,
    )
  }
}
