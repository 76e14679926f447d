export { databaseVariables, httpVariables, processVariables } from './commonVariables.ts'
export { type AppParts, createApp } from './createApp.ts'
export { createOpenApi } from './createOpenApi.ts'
export { createPool, type PoolOptions } from './createPool.ts'
export { isUnavailable } from './databaseErrors.ts'
export { type ErrorStyle, type HttpProblem, problemDetails, spanishErrors } from './errorStyle.ts'
export { Health, type HealthCheck } from './health.ts'
export { createRegistry } from './httpMetrics.ts'
export { type HttpServer, startHttpServer } from './httpServer.ts'
export { inTransaction } from './inTransaction.ts'
export { checkKafka, type KafkaSettings, kafkaVariables, toKafkaConfig } from './kafkaVariables.ts'
export {
  type ConfigOf,
  type ConfigSpec,
  defineConfig,
  describeConfig,
  type Environment,
  loadConfig,
} from './loadConfig.ts'
export { createLogger, type Logger, type LogLevel, logLevels } from './logger.ts'
export { type MigrateOptions, migrate } from './migrate.ts'
export type { Migration, MigrationSet } from './migrationFiles.ts'
export { pendingMigrations } from './pendingMigrations.ts'
export { type RequestContext, requestContext } from './requestContext.ts'
export type { Endpoint, ResponseDoc, Route } from './route.ts'
export { runService, type ServiceContext, type ServiceOptions } from './runService.ts'
export { runTask, type TaskOptions } from './runTask.ts'
export { ServiceError, type ServiceErrorCode, serviceErrorCodes } from './serviceError.ts'
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
} from './variable.ts'
export { waitForSchema } from './waitForSchema.ts'
