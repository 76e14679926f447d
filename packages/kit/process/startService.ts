import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { processVariables } from '../config/commonVariables.ts'
import type { Values } from '../config/loadConfig.ts'
import { createPool } from '../database/createPool.ts'
import { isRefused } from '../database/databaseErrors.ts'
import { type DatabaseAddress, describeDatabase, toDatabaseUrl } from '../database/databaseUrl.ts'
import { waitForSchema } from '../database/waitForSchema.ts'
import { createApp } from '../http/createApp.ts'
import type { Endpoints } from '../http/endpoint.ts'
import type { Health } from '../http/health.ts'
import { startHttpServer } from '../http/httpServer.ts'
import { takesEffectOnce } from '../http/idempotency/idempotencyKey.ts'
import { idempotencySchema } from '../http/idempotency/idempotencySchema.ts'
import { keepRemovingExpired } from '../http/idempotency/keepRemovingExpired.ts'
import type { Logger } from './logger.ts'
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

/**
 * Builds a service: pool, probes, its own parts, and the HTTP server, which listens when this resolves. What it starts
 * is handed to `host.onStop`.
 */
export async function startService<V extends ServiceVariables, E extends Endpoints>(
  service: Service<V, E>,
  config: Values<V>,
  host: ServiceHost,
): Promise<{ readonly port: number }> {
  const { name, api, database } = service
  const { logger, health, signal } = host
  const hasEffects = Object.values(api.endpoints).some(takesEffectOnce)
  if (hasEffects) requireIdempotency(service)
  const pool = openPool(service, config, host)
  const migrated = Promise.withResolvers<boolean>()
  const heard: (() => unknown)[] = []
  const { credentialsRefusedMs } = config as unknown as Values<typeof processVariables>
  const watch = (server: NeededServer) => watchServer(server, host, credentialsRefusedMs)
  const context: ServiceContext<Values<V>> = {
    ...host,
    name,
    config,
    pool,
    whenMigrated: (start) => void migrated.promise.then((ready) => ready && start()),
    watch,
    heedDatabase: (find) => void heard.push(find),
  }
  watch(databaseServer(config as unknown as DatabaseSettings, pool, heard))
  if (hasEffects) context.whenMigrated(() => void keepRemovingExpired(context))
  const handlers = await service.start(context)
  const maxBodyBytes = service.maxBodyBytes?.(config)
  const { operatorToken, operatorTokenFile, ...address } = config as unknown as HttpSettings
  const guard = { host: address.host, operatorToken: () => operatorTokenFile?.() || operatorToken }
  const app = createApp({ ...host, name, api, handlers, maxBodyBytes, guard, pool })
  const server = await startHttpServer(app, address)
  host.onStop('http', () => server.stop())
  logger.info({ port: server.port }, 'listening')
  migrated.resolve(waitForSchema({ pool, sets: database.migrations, health, logger, signal }))
  return { port: server.port }
}

function requireIdempotency({ name, database }: Pick<Service, 'name' | 'database'>): void {
  if (database.migrations.includes(idempotencySchema.migrations)) return
  throw new Error(
    `${name} answers POSTs, which take effect once for each Idempotency-Key: add idempotencySchema to \`uses\` of the database ${database.name}.`,
  )
}

interface HttpSettings {
  readonly host: string
  readonly port: number
  readonly operatorToken?: string
  readonly operatorTokenFile?: () => string
}

interface DatabaseSettings extends DatabaseAddress {
  readonly databasePoolSize?: number
  readonly databaseStatementTimeoutMs?: number
}

function databaseServer(
  { databaseUrl }: DatabaseSettings,
  pool: pg.Pool,
  heard: readonly (() => unknown)[],
): NeededServer {
  return {
    name: 'database',
    label: `Postgres at ${describeDatabase(databaseUrl)}`,
    variables: { address: 'DATABASE_URL', credentials: 'DATABASE_URL or the file of DATABASE_PASSWORD_FILE' },
    ask: async () => {
      await pool.query('select 1')
      const refusal = heard.map((find) => find()).find(isRefused)
      if (refusal !== undefined) throw refusal
    },
    isRefused,
  }
}

function openPool<V extends ServiceVariables, E extends Endpoints>(
  service: Service<V, E>,
  config: Values<V>,
  host: ServiceHost,
): pg.Pool {
  const settings = config as unknown as DatabaseSettings
  const { databasePoolSize: size, databaseStatementTimeoutMs: statementTimeoutMs } = settings
  const pool = createPool({
    databaseUrl: toDatabaseUrl(settings),
    name: service.name,
    logger: host.logger,
    ...(size !== undefined && { size }),
    ...(statementTimeoutMs !== undefined && { statementTimeoutMs }),
    ...service.pool,
  })
  host.onStop('database', () => pool.end())
  return pool
}
