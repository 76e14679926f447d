import type { ServiceContext } from '@relevo/kit'
import { eventsPage } from './api.ts'
import type { MessagesConfig } from './config.ts'
import { type EventsPage, findEvents } from './lists.ts'
import { findDatabaseIdentity } from './sql/findDatabaseIdentity.ts'

/** How pages of events are found: in Postgres, or the newest in the cache of REDIS_URL, which is stopped with the service. */
export async function openEvents({
  config,
  pool,
  logger,
  registry,
  onStop,
}: Pick<ServiceContext<MessagesConfig>, 'config' | 'pool' | 'logger' | 'registry' | 'onStop'>): Promise<
  (page: EventsPage) => Promise<object>
> {
  const read = (page: EventsPage) => findEvents(pool, page)
  const { redisUrl: url, redisCa: ca } = config
  if (url === undefined) return read
  // The client takes some 30 MB, which a service without a cache does without.
  const { cacheRecentEvents } = await import('./cache/recentEvents.ts')
  const events = cacheRecentEvents<EventsPage>({
    url,
    ca,
    logger,
    registry,
    schema: eventsPage,
    findIdentity: () => findDatabaseIdentity(pool),
    nameOf: ({ cursor, limit, estado = 'all' }) => (cursor === undefined ? `${estado}:${limit}` : undefined),
    read,
  })
  onStop('cache', events.stop)
  return events.find
}
