import type { RequestListener } from 'node:http'
import type { RequestHandler } from 'express'
import type { Registry } from 'prom-client'
import type { httpVariables, processVariables } from '../config/commonVariables.ts'
import type { Values } from '../config/loadConfig.ts'
import { type DatabaseAddress, toDatabaseUrl } from '../database/databaseUrl.ts'
import { createApp } from '../http/createApp.ts'
import type { Endpoints } from '../http/endpoint.ts'
import { checkRole, guardedRequest } from '../http/guard.ts'
import type { Health } from '../http/health.ts'
import { type HttpServer, startHttpServer } from '../http/httpServer.ts'
import { takesEffectOnce } from '../http/idempotency/idempotencyKey.ts'
import { idempotencySchema } from '../http/idempotency/idempotencySchema.ts'
import { keepRemovingExpired } from '../http/idempotency/keepRemovingExpired.ts'
import { hearRevocations } from '../http/identity/hearRevocations.ts'
import { Identities } from '../http/identity/identities.ts'
import { fetchServices } from '../http/tls/callServices.ts'
import { type Certificates, openCertificates, type TlsSettings } from '../http/tls/certificates.ts'
import { onlyProbes } from '../http/tls/onlyProbes.ts'
import { measureCertificates } from './certificateMetrics.ts'
import type { Logger } from './logger.ts'
import { type DatabaseOptions, type OpenDatabase, openDatabase } from './openDatabase.ts'
import { type NeededServer, watchServer } from './serverWatch.ts'
import type { Service, ServiceContext, ServiceVariables } from './service.ts'

/** What a service gets of the process, or of the test, that it runs in. */
export interface ServiceHost {
  readonly logger: Logger
  readonly registry: Registry
  readonly health: Health
  readonly signal: AbortSignal
  onStop(part: string, stop: () => void | Promise<void>): void
  fail(error: unknown): void
}

/** Where a service listens. */
export interface ServicePorts {
  readonly port: number
  /** For probes, where the other is for who shows a certificate. */
  readonly probePort?: number
}

/**
 * Builds a service: pool, probes, its own parts, and the HTTP server, which listens when this resolves. What it starts
 * is handed to `host.onStop`.
 */
export async function startService<V extends ServiceVariables, E extends Endpoints>(
  service: Service<V, E>,
  config: Values<V>,
  host: ServiceHost,
): Promise<ServicePorts> {
  const { name, api } = service
  const hasEffects = Object.values(api.endpoints).some(takesEffectOnce)
  if (hasEffects) requireIdempotency(service)
  measureCertificates(config, host.registry)
  const listening = Promise.withResolvers<void>()
  const { credentialsRefusedMs } = config as unknown as Values<typeof processVariables>
  const open = (options: DatabaseOptions) => openDatabase(options, host, listening.promise)
  const own = service.database && open(ownDatabase(service, config, host))
  const certificates = openCertificates(config as unknown as TlsSettings, host)
  const peers = fetchServices(certificates)
  host.onStop('peers', peers.stop)
  const settings = config as unknown as HttpSettings
  const { operatorToken, operatorTokenFile, corsOrigins, ...address } = settings
  const identities = new Identities(settings, { ...host, fetch: peers.fetch })
  hearRevocations(settings, identities, { ...host, name })
  const operator = () => operatorTokenFile?.() || operatorToken
  const guard = { host: address.host, operatorToken: operator, identities, origins: corsOrigins }
  let otherPaths: RequestHandler | undefined
  const context: ServiceContext<Values<V>> = {
    ...host,
    name,
    config,
    get pool() {
      return required(own, name).pool
    },
    identities,
    whenMigrated: (start) => required(own, name).whenMigrated(start),
    watch: (server: NeededServer) => watchServer(server, host, credentialsRefusedMs),
    heedDatabase: (find) => required(own, name).heed(find),
    openDatabase: open,
    fetch: peers.fetch,
    certificates,
    authorize: (endpoint, request) => checkRole(endpoint, guardedRequest(request), guard),
    answerOtherPaths: (handler) => {
      otherPaths = handler
    },
  }
  if (hasEffects) context.whenMigrated(() => void keepRemovingExpired(context))
  const handlers = await service.start(context)
  const maxBodyBytes = service.maxBodyBytes?.(config)
  const app = createApp({ ...host, name, api, handlers, maxBodyBytes, guard, pool: own?.pool, otherPaths })
  const ports = await listen(app, address, service.isEdge ? undefined : certificates, host)
  void certificates?.keepLooking(host.signal, address.tlsReloadMs)
  listening.resolve()
  return ports
}

/** The last that is stopped is what probes ask. */
async function listen(
  app: RequestListener,
  { host, port, probePort }: Pick<HttpSettings, 'host' | 'port' | 'probePort'>,
  certificates: Certificates | undefined,
  { logger, health, onStop }: ServiceHost,
): Promise<ServicePorts> {
  let probes: HttpServer | undefined
  if (certificates) {
    probes = await startHttpServer(onlyProbes(app), { host, port: probePort })
    onStop('probes', probes.stop)
    logger.info({ port: probes.port }, 'listening to probes')
  }
  const server = await startHttpServer(app, {
    ...{ host, port, certificates },
    isStopping: () => health.isStopping,
  })
  onStop('http', () => server.stop())
  logger.info({ port: server.port, ...(certificates && { tls: true }) }, 'listening')
  return { port: server.port, ...(probes && { probePort: probes.port }) }
}

function requireIdempotency({ name, database }: Pick<Service, 'name' | 'database'>): void {
  if (database?.migrations.includes(idempotencySchema.migrations)) return
  throw new Error(
    `${name} answers POSTs, which take effect once for each Idempotency-Key: add idempotencySchema to \`uses\` of the database ${database?.name ?? 'that it needs'}.`,
  )
}

function required(database: OpenDatabase | undefined, service: string): OpenDatabase {
  if (database === undefined) throw new Error(`The service ${service} is defined without a database.`)
  return database
}

type HttpSettings = Values<ReturnType<typeof httpVariables>> & {
  readonly corsOrigins?: readonly string[]
}

interface DatabaseSettings extends DatabaseAddress {
  readonly databasePoolSize?: number
  readonly databaseStatementTimeoutMs?: number
}

function ownDatabase<V extends ServiceVariables, E extends Endpoints>(
  { name, database, pool }: Service<V, E>,
  config: Values<V>,
  { logger, health }: ServiceHost,
): DatabaseOptions {
  const settings = config as unknown as DatabaseSettings & Values<typeof processVariables>
  const { databasePoolSize: size, databaseStatementTimeoutMs: statementTimeoutMs } = settings
  return {
    databaseUrl: toDatabaseUrl(settings),
    variables: { address: 'DATABASE_URL', credentials: 'DATABASE_URL or the file of DATABASE_PASSWORD_FILE' },
    migrations: database?.migrations ?? [],
    pool: {
      name,
      ...(size !== undefined && { size }),
      ...(statementTimeoutMs !== undefined && { statementTimeoutMs }),
      ...pool,
    },
    logger,
    health,
    credentialsRefusedMs: settings.credentialsRefusedMs,
  }
}
