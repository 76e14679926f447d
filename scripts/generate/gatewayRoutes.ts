import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Api, type Endpoint, systemEndpoints } from '@relevo/kit'
import { allSystems } from '../../systems/index.ts'
import { folderOf } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'
import { root } from '../dataDirectory.ts'

/** What each service with a route declares in its api.ts, by its folder. */
const apis = new Map<string, Api>()
for (const folder of new Set(allSystems.flatMap(routed).map(folderOf))) {
  const file = join(root, 'services', folder, 'api.ts')
  if (existsSync(file)) apis.set(folder, ((await import(file)) as { api: Api }).api)
}

function routed({ services }: System) {
  return services.filter(({ route }) => route !== undefined)
}

/** services/gateway/routing/routes.generated.json: which endpoints the gateway passes on, and who may call them. */
export function renderGatewayRoutes(systems: readonly System[]): string {
  const services = systems.flatMap(routed).map((service) => {
    const own = Object.values<Endpoint>(apis.get(folderOf(service))?.endpoints ?? {})
    // At the root the gateway has its own of those that every service has.
    const endpoints = service.route === '/' ? own : [...passedOn, ...own]
    return { service: service.name, route: service.route, endpoints: endpoints.map(toRoute) }
  })
  return `${JSON.stringify(services, null, 2)}\n`
}

/** Metrics are for who runs the platform, and come from each pod. */
const { metrics: _, ...shown } = systemEndpoints
const passedOn = Object.values<Endpoint>(shown)

function toRoute({ method, path, role, access, responses }: Endpoint): object {
  const isStream = Object.values(responses).some(({ mediaType }) => mediaType === 'text/event-stream')
  return {
    method,
    path,
    ...(role === 'operator' && { role }),
    access: role ?? access ?? 'operator',
    ...(isStream && { isStream }),
  }
}
