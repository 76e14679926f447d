export { createTopics } from './database/createTopics.ts'
export { type Grant, type Grants, grantRights, grantTablesToApp, type Roles } from './database/grantRights.ts'
export { type MigrationOptions, runMigration } from './database/runMigration.ts'
