import { ServiceError } from '../serviceError.ts'
import { type Migration, type MigrationSet, readMigrations } from './migrationFiles.ts'
import { type AppliedRow, readApplied } from './sql/migrations.ts'

/** Whatever has node-postgres' `query`. */
export interface SqlClient {
  // biome-ignore lint/suspicious/noExplicitAny: the row type of node-postgres
  query(text: string, values?: any[]): Promise<{ rows: any[] }>
}

/**
 * The migrations of the sets that this database does not have yet, in the order in which they will be applied.
 * What a newer version of the code has applied is left alone.
 * @throws ServiceError `migrationChanged` or `migrationInvalid` when what was applied contradicts the files.
 */
export async function pendingMigrations(
  client: SqlClient,
  sets: readonly MigrationSet[],
): Promise<Migration[]> {
  return findPending(await readMigrations(sets), await readAppliedRows(client))
}

/** The rows of relevo_migration; none when there is no such table. */
export async function readAppliedRows(client: SqlClient): Promise<AppliedRow[]> {
  try {
    return (await client.query(readApplied)).rows
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === undefinedTable) return []
    throw error
  }
}

const undefinedTable = '42P01'

/** The files that are not applied; throws as {@link pendingMigrations} does. */
export function findPending(files: readonly Migration[], applied: readonly AppliedRow[]): Migration[] {
  const checksums = new Map(applied.map((row) => [id(row), row.checksum]))
  const last = new Map<string, number>()
  for (const { component, number } of applied) last.set(component, Math.max(number, last.get(component) ?? 0))
  return files.filter((file) => {
    const checksum = checksums.get(id(file))
    if (checksum !== undefined && checksum !== file.checksum) throw changed(file)
    if (checksum === undefined && file.number < (last.get(file.component) ?? 0)) throw tooLow(file)
    return checksum === undefined
  })
}

function id({ component, number }: { component: string; number: number }): string {
  return `${component}/${number}`
}

function changed({ component, number, name }: Migration): ServiceError {
  return new ServiceError(
    'migrationChanged',
    `Migration ${component} ${number} (${name}) was changed after it had been applied. Restore the file and write the change as a new migration.`,
  )
}

function tooLow({ component, number, name }: Migration): ServiceError {
  return new ServiceError(
    'migrationInvalid',
    `Migration ${component} ${number} (${name}) is not applied, but a later one is. Give it a number above the last.`,
  )
}
