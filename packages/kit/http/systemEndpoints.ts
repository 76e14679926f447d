import type { Registry } from 'prom-client'
import { z } from 'zod'
import type { Health } from './health.ts'
import type { Endpoint, Route } from './route.ts'

const healthy = z.object({ status: z.literal('ok'), service: z.string() })
const unwell = z.object({
  status: z.literal('unavailable'),
  service: z.string(),
  problems: z.record(z.string(), z.string()).meta({ description: 'What is wrong, by the name of the check' }),
})

/** The endpoints that every service has. */
export const systemEndpoints = {
  health: {
    method: 'get',
    path: '/health',
    summary: 'Liveness: is the process well, and do its loops turn?',
    responses: {
      200: { description: 'It lives', schema: healthy },
      503: { description: 'Restart it', schema: unwell },
    },
  },
  ready: {
    method: 'get',
    path: '/ready',
    summary: 'Readiness: can it do its work now?',
    responses: {
      200: { description: 'It can', schema: healthy },
      503: { description: 'It cannot, for the reasons given', schema: unwell },
    },
  },
  metrics: {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics in the text format of Prometheus',
    responses: { 200: { description: 'The metrics' } },
  },
  openapi: {
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    responses: { 200: { description: 'OpenAPI 3.1' } },
  },
} as const satisfies Record<string, Endpoint>

interface SystemParts {
  name: string
  health: Health
  registry: Registry
  openapi: object
}

export function systemRoutes({ name, health, registry, openapi }: SystemParts): Route[] {
  const answer = (problems: Record<string, string>) =>
    Object.keys(problems).length === 0
      ? ({ status: 200, body: { status: 'ok', service: name } } as const)
      : ({ status: 503, body: { status: 'unavailable', service: name, problems } } as const)
  return [
    {
      ...systemEndpoints.health,
      handle: async (_request, response) => {
        const { status, body } = answer(await health.liveProblems())
        response.status(status).json(body)
      },
    },
    {
      ...systemEndpoints.ready,
      handle: async (_request, response) => {
        const { status, body } = answer(await health.readyProblems())
        response.status(status).json(body)
      },
    },
    {
      ...systemEndpoints.metrics,
      handle: async (_request, response) => {
        response.set('content-type', registry.contentType).end(await registry.metrics())
      },
    },
    { ...systemEndpoints.openapi, handle: (_request, response) => void response.json(openapi) },
  ]
}
