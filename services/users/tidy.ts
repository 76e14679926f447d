import { setTimeout as delay } from 'node:timers/promises'
import { inTransaction } from '@relevo/kit'
import { deleteUser } from './commands/changeUser.ts'
import { findAbandoned } from './sql/findAbandoned.ts'
import { removeExpired } from './sql/removeExpired.ts'
import type { Users } from './users.ts'

const everyMs = 60_000
const mostRows = 10_000
const mostUsers = 100

/** Removes what has expired, and users whom nobody has verified, until the signal; never rejects. */
export async function keepTidy(users: Users, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tidy(users).catch((err) => users.logger.warn({ err }, 'what has expired cannot be removed now'))
    await delay(everyMs, undefined, { signal }).catch(() => {})
  }
}

export async function tidy(users: Users): Promise<void> {
  await removeExpired(users.pool, mostRows)
  const abandoned = await findAbandoned(users.pool, users.config.abandonedMs, mostUsers)
  for (const id of abandoned) await inTransaction(users.pool, (client) => deleteUser(client, users, id))
}
