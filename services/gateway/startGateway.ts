import type { ServiceContext } from '@relevo/kit'
import cors from 'cors'
import { type RequestHandler, Router } from 'express'
import { logAccess } from './accessLog.ts'
import { bodyCheckOf } from './bodyChecks.ts'
import type { GatewayConfig } from './config.ts'
import type { HomeEntry } from './home.ts'
import { trustedProxies } from './limits/clientAddress.ts'
import { ClientLimits } from './limits/clientLimits.ts'
import { GatewayMetrics } from './metrics.ts'
import { Backend } from './proxy/backend.ts'
import { type ForwardParts, forwardTo } from './proxy/forward.ts'
import { BodyReader } from './proxy/readBody.ts'
import { createRouter } from './routing/createRouter.ts'
import { isFront, prefixOf, type RoutedEndpoint, type RoutedService, readRoutes } from './routing/routes.ts'

type Context = Pick<
  ServiceContext<GatewayConfig>,
  'config' | 'registry' | 'signal' | 'onStop' | 'authorize' | 'answerOtherPaths' | 'certificates'
>

/** Builds what passes requests on. @returns how its services stand just now. */
export function startGateway(
  context: Context,
  services: readonly RoutedService[] = readRoutes(),
): () => readonly HomeEntry[] {
  const metrics = new GatewayMetrics(context.registry)
  const backends = connectBackends(context, metrics)
  const parts = forwardParts(context, metrics)
  const handlerOf = ({ service }: RoutedService) => {
    const backend = backends.get(service)
    return (
      backend &&
      ((endpoint: RoutedEndpoint) => forwardTo(backend, endpoint, bodyCheckOf(service, endpoint), parts))
    )
  }
  const ofApi = services.filter((service) => !isFront(service))
  const front = services.filter((service) => isFront(service) && backends.has(service.service))
  context.answerOtherPaths(
    Router()
      .use(context.config.accessLog ? logAccess : (_request, _response, next) => next())
      .use(
        '/api',
        ...allowOrigins(context.config),
        (request, _response, next) => {
          request.url = request.originalUrl // the router below finds its services by the whole path
          next()
        },
        createRouter({ services: ofApi, handlerOf }),
      )
      .use(createRouter({ services: front, handlerOf }))
      .get('/', (_request, response) => response.redirect('/api')),
  )
  return () =>
    ofApi.map((service) => {
      const backend = backends.get(service.service)
      const state = backend === undefined ? 'not_installed' : backend.isOpen ? 'open' : 'left_alone'
      return { service: service.service, path: prefixOf(service), state }
    })
}

function connectBackends(
  { config, onStop, certificates }: Context,
  metrics: GatewayMetrics,
): ReadonlyMap<string, Backend> {
  const { inFlightPerService, maxStreams, responseTimeoutMs, breakerFailures, breakerOpenMs } = config
  const backends = new Map<string, Backend>()
  for (const { name, url } of config.services) {
    const { origin } = new URL(url)
    const bounds = { inFlight: inFlightPerService, maxStreams, responseTimeoutMs }
    const backend = new Backend({
      name,
      origin,
      metrics,
      certificates,
      ...bounds,
      breakerFailures,
      breakerOpenMs,
    })
    onStop(name, () => backend.stop())
    backends.set(name, backend)
  }
  return backends
}

function forwardParts({ config, signal, authorize }: Context, metrics: GatewayMetrics): ForwardParts {
  const { requestsPerAddress, rateWindowSeconds, inFlightPerAddress, streamsPerAddress } = config
  const limits = new ClientLimits({
    address: { name: 'address', requests: requestsPerAddress, windowSeconds: rateWindowSeconds },
    user: { name: 'user', requests: config.requestsPerUser, windowSeconds: rateWindowSeconds },
    inFlight: inFlightPerAddress,
    streams: streamsPerAddress,
    trusted: config.trustedProxies ?? trustedProxies([]),
    metrics,
  })
  const bodies = new BodyReader(config.maxBodyBytes, config.maxBodiesBytes)
  return {
    limits,
    bodies,
    metrics,
    authorize,
    answerTimeoutMs: config.answerTimeoutMs,
    stopping: signal,
    drainMs: config.shutdownGraceMs / 2,
  }
}

/** Other web pages may ask only where that is set. */
function allowOrigins({ corsOrigins }: GatewayConfig): RequestHandler[] {
  if (corsOrigins === undefined) return []
  const exposedHeaders = ['location', 'retry-after', 'ratelimit', 'ratelimit-policy', 'x-request-id']
  return [cors({ origin: [...corsOrigins], exposedHeaders, maxAge: 600 })]
}
