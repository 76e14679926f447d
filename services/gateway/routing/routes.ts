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

/** A service and the prefix of its paths: `/orders` is /api/orders. */
export interface RoutedService {
  readonly service: string
  readonly route: string
  readonly endpoints: readonly RoutedEndpoint[]
}

/** What there is to be passed on, as systems/ and each service's api.ts declare it. */
export function readRoutes(): readonly RoutedService[] {
  return JSON.parse(readFileSync(new URL('routes.generated.json', import.meta.url), 'utf8'))
}
