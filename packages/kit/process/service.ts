import type { Request, RequestHandler } from 'express'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { httpVariables, processVariables } from '../config/commonVariables.ts'
import type { ConfigSpec, Values, Variables } from '../config/loadConfig.ts'
import type { PoolOptions } from '../database/createPool.ts'
import type { Database } from '../database/defineDatabase.ts'
import type { Api, Endpoint, Endpoints, Handlers } from '../http/endpoint.ts'
import type { Health } from '../http/health.ts'
import type { Identities } from '../http/identity/identities.ts'
import type { Identity } from '../http/identity/identity.ts'
import type { Certificates } from '../http/tls/certificates.ts'
import type { Logger } from './logger.ts'
import type { DatabaseOptions, OpenDatabase } from './openDatabase.ts'
import type { NeededServer } from './serverWatch.ts'

/** Every service has at least these variables; one with a database has DATABASE_URL as `databaseUrl` as well. */
export type ServiceVariables = Variables & typeof processVariables & ReturnType<typeof httpVariables>

/** What a service is built with. */
export interface ServiceContext<C> {
  readonly name: string
  readonly config: C
  readonly logger: Logger
  readonly registry: Registry
  readonly health: Health
  /** On the service's database; ended last. @throws Error, as what follows of the database, in a service without one. */
  readonly pool: pg.Pool
  /** Who sends requests. */
  readonly identities: Identities
  /** Aborted when the service begins to stop. */
  readonly signal: AbortSignal
  /** Runs `start` once the database has every migration, unless the service stops before. */
  whenMigrated(start: () => void): void
  /**
   * Has a server watched as the database is: it is part of the readiness, the log tells once that it is away, and the service ends
   * when it refuses the credentials for too long.
   */
  watch(server: NeededServer): void
  /** Has the error that keeps a part from the database count, when the pool's connections were made before it. */
  heedDatabase(find: () => unknown): void
  /** Opens a database for a process with several, each with its own probes. */
  openDatabase(options: DatabaseOptions): OpenDatabase
  /**
   * Who sends a request that is passed on, if that is known.
   * @throws ServiceError `unauthenticated` or `forbidden` unless it may do what such an endpoint does.
   */
  authorize(endpoint: Pick<Endpoint, 'role' | 'access'>, request: Request): Promise<Identity | undefined>
  /** Asks other services, to whom it shows the certificate of this one, where it has one. */
  readonly fetch: typeof globalThis.fetch
  /** That certificate, for clients of another kind. */
  readonly certificates: Certificates | undefined
  /** Has a handler answer at paths where there is no endpoint: what a gateway passes on. */
  answerOtherPaths(handler: RequestHandler): void
  /** Has a part stopped at the end: the last one added stops first, and the next waits for it. */
  onStop(part: string, stop: () => void | Promise<void>): void
  /** Stops the service in order and ends the process with 1, for a part that cannot go on. */
  fail(error: unknown): void
}

/** A service as `services/<name>/main.ts` declares it. */
export interface Service<V extends ServiceVariables = ServiceVariables, E extends Endpoints = Endpoints> {
  readonly name: string
  readonly config: ConfigSpec<V>
  /** Without one, it opens what it needs by `openDatabase`. */
  readonly database?: Database
  /** How the pool differs from what the variables say. */
  readonly pool?: Partial<Pick<PoolOptions, 'size' | 'statementTimeoutMs' | 'pipeline'>>
  readonly api: Api<E>
  /** It answers those outside, who have no certificates of ours; its own is for what it asks. */
  readonly isEdge?: true
  /** Default 1 MiB. */
  maxBodyBytes?(config: Values<V>): number
  /** Builds the parts and returns what answers the endpoints. The kit builds the rest around it. */
  start(context: ServiceContext<Values<V>>): Handlers<E> | Promise<Handlers<E>>
}

/** Says what a service is made of; `runService` runs it in a process, and tests in their own. */
export function defineService<V extends ServiceVariables, E extends Endpoints>(
  service: Service<V, E>,
): Service<V, E> {
  return service
}
