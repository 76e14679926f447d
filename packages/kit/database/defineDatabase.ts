import type { TopicContract } from '@relevo/contracts'
import { type Grant, type Grants, grantTablesToApp } from './grantRights.ts'
import type { MigrationSet } from './migrationFiles.ts'

/** What a package keeps in the databases of those who use it: its migrations, and who may do what with its tables. */
export interface DatabaseSchema {
  readonly migrations: MigrationSet
  readonly grants: Grants
}

/** A database as `services/<name>/database.ts` declares it. */
export interface Database {
  readonly name: string
  /** In the order in which they build on each other. */
  readonly migrations: readonly MigrationSet[]
  readonly grants: Grants
  /** Created with the database where Kafka's operator does not. */
  readonly topics: readonly TopicContract[]
}

interface DatabaseParts {
  /** Names its own migrations, in the table of those that are applied. */
  readonly name: string
  /** The schemas of packages that it holds. */
  readonly uses: readonly DatabaseSchema[]
  /** The folder of its own migrations, which build on those of the packages. */
  readonly migrations?: URL
  /** Takes from the services what they do not need of the rights on its own tables. */
  readonly narrowApp?: Grant
  readonly topics?: readonly TopicContract[]
}

/** Puts a database together from the schemas of packages and tables of its own, which the services may use. */
export function defineDatabase({ name, uses, migrations, narrowApp, topics = [] }: DatabaseParts): Database {
  const own = migrations ? [{ name, directory: migrations }] : []
  return {
    name,
    migrations: [...uses.map((schema) => schema.migrations), ...own],
    grants: {
      app: [...uses.flatMap(({ grants }) => grants.app), grantTablesToApp, ...(narrowApp ? [narrowApp] : [])],
      relay: uses.flatMap(({ grants }) => grants.relay),
    },
    topics,
  }
}
