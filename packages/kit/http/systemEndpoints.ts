import type { Registry } from 'prom-client'
import { z } from 'zod'
import type { Call, Endpoints, Handlers, Reply } from './endpoint.ts'
import { type GuardSettings, isOperator } from './guard.ts'
import type { Health } from './health.ts'

const healthy = z.object({ status: z.literal('ok'), service: z.string() })
const unwell = z.object({
  status: z.literal('unavailable'),
  service: z.string(),
  problems: z
    .record(z.string(), z.string())
    .meta({ description: 'What is wrong, by the name of the check; the reason is told to operators only' }),
})

/** The endpoints that every service has. */
export const systemEndpoints = {
  health: {
    method: 'get',
    path: '/health',
    summary: 'Liveness: is the process well, and do its loops turn?',
    access: 'public',
    responses: {
      200: { description: 'It lives', schema: healthy },
      503: { description: 'Restart it', schema: unwell },
    },
  },
  ready: {
    method: 'get',
    path: '/ready',
    summary: 'Readiness: can it do all of its work now?',
    access: 'public',
    responses: {
      200: { description: 'It can', schema: healthy },
      503: { description: 'It cannot, for the reasons given', schema: unwell },
    },
  },
  serving: {
    method: 'get',
    path: '/serving',
    summary: 'Should it get requests? Once its work has begun, also while that stands still',
    access: 'public',
    responses: {
      200: { description: 'It should', schema: healthy },
      503: { description: 'It should not, for the reasons given', schema: unwell },
    },
  },
  metrics: {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics in the text format of Prometheus',
    scraped: true,
    responses: { 200: { description: 'The metrics', schema: z.string(), mediaType: 'text/plain' } },
  },
  openapi: {
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    access: 'public',
    responses: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
  },
} as const satisfies Endpoints

interface SystemParts {
  readonly name: string
  readonly health: Health
  readonly registry: Registry
  readonly openapi: object
  readonly guard: GuardSettings
}

export function systemHandlers(parts: SystemParts): Handlers<typeof systemEndpoints> {
  const { name, health, registry, openapi, guard } = parts
  const answer = (problems: Record<string, string>, { context }: Pick<Call, 'context'>): Reply =>
    Object.keys(problems).length === 0
      ? { body: { status: 'ok', service: name } }
      : {
          status: 503,
          body: {
            status: 'unavailable',
            service: name,
            problems: isOperator(context.request, guard) ? problems : withoutReasons(problems),
          },
        }
  let rendering: Promise<string> | undefined
  // However many ask at once, the metrics are rendered once at a time.
  const renderMetrics = () => {
    rendering ??= registry.metrics().finally(() => {
      rendering = undefined
    })
    return rendering
  }
  return {
    health: async (call) => answer(await health.liveProblems(), call),
    ready: async (call) => answer(await health.readyProblems(), call),
    serving: async (call) => answer(await health.servingProblems(), call),
    metrics: async () => ({
      headers: { 'content-type': registry.contentType },
      body: await renderMetrics(),
    }),
    openapi: () => ({ body: openapi }),
  }
}

/** Reasons name hosts, databases and roles, which are nobody else's business. */
function withoutReasons(problems: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(problems).map((name) => [name, 'not ok']))
}
