import type pg from 'pg'
import type { Law } from '../systems/system.ts'

/** What breaks a law. */
export interface BrokenLaw {
  readonly law: string
  /** The first few. */
  readonly examples: readonly string[]
}

export const mostExamples = 10

/**
 * Checks the laws in the databases that are given by their names; laws of other databases are passed over.
 * @throws pg's errors.
 */
export async function checkLaws(
  laws: readonly Law[],
  databases: Readonly<Record<string, Pick<pg.Pool, 'query'>>>,
): Promise<BrokenLaw[]> {
  const broken: BrokenLaw[] = []
  for (const { name, database, violations } of laws) {
    const sql = `select broken from (${violations}) v limit ${mostExamples}`
    const found = await databases[database]?.query<{ broken: string }>(sql)
    if (found?.rows.length) broken.push({ law: name, examples: found.rows.map((row) => row.broken) })
  }
  return broken
}
