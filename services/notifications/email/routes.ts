import { type Call, type Handlers, type Reply, ServiceError, toPage } from '@relevo/kit'
import type pg from 'pg'
import type { Endpoints } from '../api.ts'
import { countOpen, summarize } from './sql/countNotifications.ts'
import { findNotification, type ListedNotification, listNotifications } from './sql/listNotifications.ts'
import { redriveNotifications } from './sql/redriveNotifications.ts'

type Own =
  | 'listNotifications'
  | 'summarizeNotifications'
  | 'redriveNotifications'
  | 'redriveNotification'
  | 'showNotification'

/** What answers the endpoints of the notifications, whichever process sends them. */
export function notificationHandlers(pool: pg.Pool): Pick<Handlers<Endpoints>, Own> {
  return {
    listNotifications: async ({ query: { state, order_id: orderId, template, cursor, limit } }) => {
      const found = await listNotifications(pool, {
        state,
        orderId,
        template,
        before: cursor,
        limit: limit + 1,
      })
      return { body: toPage('notifications', found, { limit }) }
    },
    summarizeNotifications: async () => {
      const open = Object.fromEntries((await countOpen(pool)).map(({ state, count }) => [state, count]))
      return { body: { ...(await summarize(pool)), open } }
    },
    redriveNotifications: ({ query }) => redriveMany(pool, query),
    redriveNotification: ({ params, query }) => redriveOne(pool, params.id, query.late === 'true'),
    showNotification: async ({ params }) => ({ body: await requireNotification(pool, params.id) }),
  }
}

async function redriveMany(
  pool: pg.Pool,
  query: Call<Endpoints['redriveNotifications']>['query'],
): Promise<Reply> {
  const { reason, template, order_id: orderId, all, late } = query
  if (all === undefined && [reason, template, orderId].every((each) => each === undefined))
    throw new ServiceError(
      'invalidRequest',
      'Say which: by "reason", "template" or "order_id", or "all=true".',
    )
  return answer(await redriveNotifications(pool, { reason, template, orderId, late: late === 'true' }))
}

async function redriveOne(pool: pg.Pool, id: string, late: boolean): Promise<Reply> {
  const redriven = await redriveNotifications(pool, { id, late })
  if (redriven > 0) return answer(redriven)
  const { state } = await requireNotification(pool, id)
  throw new ServiceError(
    'conflict',
    state === 'dead'
      ? 'The time until which it was of use is over. To send it all the same, add "late=true".'
      : `It was not given up: it is ${state}.`,
  )
}

function answer(redriven: number): Reply {
  return { status: 202, body: { success: true, redriven } }
}

async function requireNotification(pool: pg.Pool, id: string): Promise<ListedNotification> {
  const found = await findNotification(pool, id)
  if (!found) throw new ServiceError('notFound', `There is no notification ${id}.`)
  return found
}
