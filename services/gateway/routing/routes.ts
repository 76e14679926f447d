import { readFileSync } from 'node:fs'
import type { Role } from '@relevo/kit'

/** An endpoint of a service. */
export interface RoutedEndpoint {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As express has it: `/orders/:id`. */
  readonly path: string
  /** For operators, with AUTH=off too. */
  readonly role?: 'operator'
  /** Whom it is for where AUTH is on. */
  readonly access: 'public' | Role
  /** It answers with server-sent events. */
  readonly isStream?: true
}

/** A service and the prefix of its paths: `/orders` is /api/orders, and `/` the gateway's own root, for pages. */
export interface RoutedService {
  readonly service: string
  readonly route: string
  readonly endpoints: readonly RoutedEndpoint[]
}

/** Where the gateway has the paths of a service. */
export function prefixOf({ route }: Pick<RoutedService, 'route'>): string {
  return isFront({ route }) ? '' : `/api${route}`
}

/** Is it the one that browsers get at the gateway's root? It has sessions of its own. */
export function isFront({ route }: Pick<RoutedService, 'route'>): boolean {
  return route === '/'
}

/** What there is to be passed on, as systems/ and each service's api.ts declare it. */
export function readRoutes(): readonly RoutedService[] {
  return JSON.parse(readFileSync(new URL('routes.generated.json', import.meta.url), 'utf8'))
}
