import type pg from 'pg'

/** The same on every instance of a Postgres, and for nobody else's database. */
const statement = `
select (select system_identifier from pg_control_system())::text || '-' || oid::text as identity
from pg_database where datname = current_database()`

/** Tells a database from every other, also of the same name. @throws pg's errors. */
export async function findDatabaseIdentity(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query(statement)
  return rows[0].identity
}
