export { databaseVariables, httpVariables, processVariables } from './config/commonVariables.ts'
export { checkKafka, type KafkaSettings, kafkaVariables, toKafkaConfig } from './config/kafkaVariables.ts'
export {
  type ConfigOf,
  type ConfigSpec,
  defineConfig,
  describeConfig,
  type Environment,
  loadConfig,
} from './config/loadConfig.ts'
export {
  bool,
  bytes,
  type Declaration,
  duration,
  int,
  list,
  oneOf,
  pemFile,
  secret,
  string,
  url,
  type Variable,
} from './config/variable.ts'
export { createPool, type PoolOptions } from './database/createPool.ts'
export { isUnavailable } from './database/databaseErrors.ts'
export { inTransaction } from './database/inTransaction.ts'
export { type MigrateOptions, migrate } from './database/migrate.ts'
export type { Migration, MigrationSet } from './database/migrationFiles.ts'
export { pendingMigrations } from './database/pendingMigrations.ts'
export { waitForSchema } from './database/waitForSchema.ts'
export { type AppParts, createApp } from './http/createApp.ts'
export { createOpenApi } from './http/createOpenApi.ts'
export { type ErrorStyle, type HttpProblem, problemDetails, spanishErrors } from './http/errorStyle.ts'
export { Health, type HealthCheck } from './http/health.ts'
export { createRegistry } from './http/httpMetrics.ts'
export { type HttpServer, startHttpServer } from './http/httpServer.ts'
export { type RequestContext, requestContext } from './http/requestContext.ts'
export type { Endpoint, ResponseDoc, Route } from './http/route.ts'
export { createLogger, type Logger, type LogLevel, logLevels } from './process/logger.ts'
export { runService, type ServiceContext, type ServiceOptions } from './process/runService.ts'
export { runTask, type TaskOptions } from './process/runTask.ts'
export { ServiceError, type ServiceErrorCode, serviceErrorCodes } from './serviceError.ts'
