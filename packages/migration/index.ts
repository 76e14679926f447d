export { createTopics } from './createTopics.ts'
export { type Grant, type Grants, grantRights, grantTablesToApp, type Roles } from './grantRights.ts'
export { type MigrationOptions, runMigration } from './runMigration.ts'
