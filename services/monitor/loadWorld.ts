import { inTransaction } from '@relevo/kit'
import type pg from 'pg'
import { emptyWorld, type World } from './domain/advance.ts'
import { emptyBook } from './domain/alerts.ts'
import type { Standing } from './domain/health.ts'
import { loadOpenAlerts } from './sql/alerts.ts'
import { type Claim, lockProbing } from './sql/claimProbing.ts'
import { beginInterval, endIntervals, listOpenIntervals } from './sql/intervals.ts'

/**
 * What was known when somebody looked last. Where that is longer ago than `gapMs`, nobody has watched since:
 * the history says so. Services that are not watched any more end there. @throws pg's errors.
 */
export function loadWorld(
  pool: pg.Pool,
  names: readonly string[],
  { now, lookedAt }: Pick<Claim, 'now' | 'lookedAt'>,
  gapMs: number,
): Promise<World> {
  return inTransaction(pool, async (client) => {
    await lockProbing(client)
    const last = lookedAt ?? now
    await endIntervals(client, last, names)
    if (now.getTime() - last.getTime() > gapMs) await noteGap(client, last)
    const standings = (await listOpenIntervals(client)).map(({ service, state, cause, started_at }) => {
      const since = started_at.getTime()
      return [service, { state, cause, reason: cause, since, candidate: undefined, departures: [] }] as const
    })
    const open = (await loadOpenAlerts(client)).map((alert) => [alert.cause.key, alert] as const)
    const alerts = { ...emptyBook, open: new Map(open) }
    return { ...emptyWorld, standings: new Map<string, Standing>(standings), alerts }
  })
}

async function noteGap(client: pg.PoolClient, since: Date): Promise<void> {
  const open = await listOpenIntervals(client)
  for (const { service } of open)
    await beginInterval(client, { service, state: 'unknown', cause: 'unwatched', since })
}
