import type { RequestHandler } from 'express'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** How often the event loop's lag is sampled. Each sample wakes the process: every 10 ms, as by default, is a third of a percent of a core. */
const lagSampleMs = 1_000

/** A registry with Node's own metrics, for one service. */
export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagSampleMs })
  return registry
}

/** Measures every request by method, route (as declared, so that labels are bounded) and status. */
export function measureRequests(registry: Registry): RequestHandler {
  const seconds = new Histogram({
    name: 'relevo_http_request_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  return (request, response, next) => {
    const beganAt = performance.now()
    response.once('close', () => {
      const route: string = response.locals.route ?? request.route?.path ?? 'unknown'
      const labels = { method: request.method, route, status: response.statusCode }
      seconds.observe(labels, (performance.now() - beganAt) / 1_000)
    })
    next()
  }
}
