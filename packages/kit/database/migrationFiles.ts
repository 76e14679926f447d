import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { ServiceError } from '../serviceError.ts'

/** The migrations of one component: files `0001_name.sql` in a folder. */
export interface MigrationSet {
  /** The component's name, as it is recorded. */
  name: string
  directory: URL
}

export interface Migration {
  component: string
  number: number
  name: string
  sql: string
  /** SHA-256 of the file with LF line ends, as hexadecimal digits. */
  checksum: string
  /** False for what Postgres runs outside of transactions only; such a file holds one repeatable statement. */
  transaction: boolean
}

const fileName = /^(\d{4})_(.+)\.sql$/
const noTransaction = '-- relevo:no-transaction'

/**
 * The migrations of the sets, set by set and by number.
 * @throws ServiceError `migrationInvalid` when a file is named otherwise or a number is taken twice.
 */
export async function readMigrations(sets: readonly MigrationSet[]): Promise<Migration[]> {
  const migrations = await Promise.all(sets.map(readSet))
  return migrations.flat()
}

async function readSet(set: MigrationSet): Promise<Migration[]> {
  const names = (await readdir(set.directory)).filter((name) => !name.startsWith('.')).sort()
  const migrations = await Promise.all(names.map((name) => readMigration(set, name)))
  for (const [index, { number }] of migrations.entries()) {
    if (number === migrations[index - 1]?.number)
      throw invalid(
        `${set.name} has two migrations with the number ${number}. Give the newer one the next number.`,
      )
  }
  return migrations
}

async function readMigration(set: MigrationSet, file: string): Promise<Migration> {
  const [, number, name] = fileName.exec(file) ?? []
  if (!number || !name) throw invalid(`${set.name}: "${file}" is not named like 0001_name.sql. Rename it.`)
  const sql = (await readFile(new URL(file, set.directory), 'utf8')).replaceAll('\r\n', '\n')
  return {
    component: set.name,
    number: Number(number),
    name,
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
    transaction: !sql.startsWith(noTransaction),
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('migrationInvalid', message)
}
