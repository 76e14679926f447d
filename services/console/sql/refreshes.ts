import { createHash } from 'node:crypto'
import { inTransaction } from '@relevo/kit'
import type pg from 'pg'
import { seal, unseal } from '../session/seal.ts'

const forgetSql = `delete from refresh where at < now() - interval '1 minute'`

// Waits for a concurrent request with the same token.
const claimSql = 'insert into refresh (spent) values ($1) on conflict do nothing'

const keepSql = 'update refresh set answer = $2 where spent = $1'

const readSql = 'select answer from refresh where spent = $1'

/**
 * Asks with a refresh token that is of use once: one replica asks, and the others, and whoever comes within a minute, get
 * its answer. Only who has the token can read that. Holds a connection while it asks.
 * @throws what `ask` throws, and then the token is as good as before; errors of the database.
 */
export async function refreshOnce(
  pool: pg.Pool,
  token: string,
  ask: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const digest = (use: string) => createHash('sha256').update(`${use} ${token}`).digest()
  const [spent, key] = [digest('spent'), digest('answer')]
  await pool.query(forgetSql)
  return inTransaction(pool, async (client) => {
    const isFirst = (await client.query(claimSql, [spent])).rowCount === 1
    if (!isFirst) {
      const { rows } = await client.query<{ answer: string | null }>(readSql, [spent])
      return unseal(key, rows[0]?.answer ?? '')
    }
    const answer = await ask()
    await client.query(keepSql, [spent, answer === undefined ? null : seal(key, answer)])
    return answer
  })
}
