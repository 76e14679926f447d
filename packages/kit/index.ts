export {
  databaseVariables,
  httpVariables,
  operatorVariables,
  processVariables,
} from './config/commonVariables.ts'
export {
  checkKafka,
  isRefusedByKafka,
  type KafkaSettings,
  kafkaServer,
  kafkaVariables,
  toKafkaConfig,
} from './config/kafkaVariables.ts'
export {
  type ConfigOf,
  type ConfigSpec,
  defineConfig,
  describeConfig,
  type Environment,
  loadConfig,
} from './config/loadConfig.ts'
export { namedVariable } from './config/namedVariables.ts'
export {
  bool,
  bytes,
  currency,
  type Declaration,
  duration,
  int,
  list,
  manyOf,
  oneOf,
  parsed,
  pemFile,
  type ServiceUrl,
  secret,
  secretFile,
  serviceUrls,
  share,
  string,
  url,
  type Variable,
} from './config/variable.ts'
export { createPool, type PoolOptions } from './database/createPool.ts'
export { isUnavailable } from './database/databaseErrors.ts'
export { type DatabaseUrl, toDatabaseUrl } from './database/databaseUrl.ts'
export { type Database, type DatabaseSchema, defineDatabase } from './database/defineDatabase.ts'
export { type Grant, type Grants, grantRights, grantTablesToApp, type Roles } from './database/grantRights.ts'
export { inTransaction } from './database/inTransaction.ts'
export { lockKeys } from './database/lockKeys.ts'
export { type MigrateOptions, migrate } from './database/migrate.ts'
export type { Migration, MigrationSet } from './database/migrationFiles.ts'
export { pendingMigrations } from './database/pendingMigrations.ts'
export { runMigration } from './database/runMigration.ts'
export type { SqlClient } from './database/sqlClient.ts'
export { checkBody } from './http/checkCall.ts'
export { createOpenApi } from './http/createOpenApi.ts'
export {
  type Api,
  type Call,
  defineApi,
  type Endpoint,
  type Endpoints,
  type Handler,
  type Handlers,
  type Json,
  type OnceHandler,
  type RecordInOneStatement,
  type RecordThenAnswer,
  type Reply,
  type ResponseDoc,
} from './http/endpoint.ts'
export { entityTag, isUnchanged, requireMatch } from './http/entityTags.ts'
export { type ErrorStyle, type HttpProblem, problemDetails, spanishErrors } from './http/errorStyle.ts'
export { type GuardedRequest, isOperator } from './http/guard.ts'
export { Health, type HealthCheck } from './http/health.ts'
export { createRegistry } from './http/httpMetrics.ts'
export { type HttpServer, startHttpServer } from './http/httpServer.ts'
export { idempotencySchema } from './http/idempotency/idempotencySchema.ts'
export { Identities } from './http/identity/identities.ts'
export { hasRole, type Identity, operatorIdentity, type Role, roles } from './http/identity/identity.ts'
export { checkAuth } from './http/identity/identityVariables.ts'
export { keyIdForm, type VerificationKey } from './http/identity/keySet.ts'
export { Revocations } from './http/identity/revocations.ts'
export {
  integerParameter,
  type Language,
  type Page,
  pageAnswer,
  pageQuery,
  toPage,
} from './http/parameters.ts'
export { readAnswer } from './http/readAnswer.ts'
export { type RequestContext, requestContext } from './http/requestContext.ts'
export { systemEndpoints } from './http/systemEndpoints.ts'
export { connectorOf, fetchServices } from './http/tls/callServices.ts'
export { Certificates, openCertificates, tlsReader } from './http/tls/certificates.ts'
export { tlsVariables } from './http/tls/tlsVariables.ts'
export { createLogger, type Logger, type LogLevel, logLevels } from './process/logger.ts'
export type { DatabaseOptions, OpenDatabase } from './process/openDatabase.ts'
export { runService } from './process/runService.ts'
export { runTask, type TaskOptions } from './process/runTask.ts'
export { defineService, type Service, type ServiceContext, type ServiceVariables } from './process/service.ts'
export { type ServiceHost, startService } from './process/startService.ts'
export { ServiceError, type ServiceErrorCode, serviceErrorCodes } from './serviceError.ts'
