import { type Handlers, ServiceError } from '@relevo/kit'
import { act } from './act.ts'
import type { Endpoints } from './api.ts'
import { maskValue } from './masking.ts'
import type { ConsoleParts } from './routes.ts'
import type { Board } from './sources/board.ts'
import { commandSaga, listSagas, showSaga } from './sources/sagas.ts'

type Parts = Pick<ConsoleParts, 'ask' | 'board' | 'sessions' | 'actions'> & {
  readonly isMasked: (field: string) => boolean
}

/** What answers for sagas: looking at them, and acting on them. */
export function sagaHandlers(
  parts: Parts,
): Pick<Handlers<Endpoints>, 'listSagas' | 'showSaga' | 'actOnSaga'> {
  const { ask, board, sessions, isMasked } = parts
  return {
    listSagas: async ({ query: { service, ...query } }) => {
      const services = await board.whoTells('sagas')
      const [first] = services
      if (service === undefined && first === undefined) return { body: { count: 0, services, sagas: [] } }
      const asked = service === undefined ? first : await serviceWithSagas(board, service)
      const { sagas, next_cursor } = await listSagas(ask, asked ?? '', query)
      const found = sagas.map((saga) => ({ service: asked, ...saga }))
      return { body: { count: found.length, services, sagas: found, ...(next_cursor && { next_cursor }) } }
    },
    showSaga: async ({ query: { service, id }, context }) => {
      const found = await showSaga(ask, await serviceWithSagas(board, service), id)
      const isOperator = (await sessions.find(context.request)) !== undefined
      const { data, history, ...saga } = found
      const lines = history.map(({ detail, ...line }) => ({
        ...line,
        detail: isOperator ? textOf(maskValue(detail, isMasked)) : null,
      }))
      const shown = isOperator ? textOf(maskValue(data, isMasked), 2) : null
      const headers = { 'cache-control': 'no-store' }
      return { headers, body: { service, ...saga, history: lines, data: shown } }
    },
    actOnSaga: async ({ params: { deed }, body: { service, id, note }, context }) => {
      const by = await sessions.require(context.request)
      const target = await serviceWithSagas(board, service)
      const work = async () => {
        await commandSaga(ask, target, deed, { id, reason: note })
        return 1
      }
      return { body: await act(parts, { by, deed, target, meant: { saga: id }, note }, work) }
    },
  }
}

async function serviceWithSagas(board: Board, service: string): Promise<string> {
  if ((await board.whoTells('sagas')).includes(service)) return service
  throw new ServiceError('notFound', `No service ${JSON.stringify(service.slice(0, 100))} has sagas.`)
}

function textOf(value: unknown, indent?: number): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value, null, indent)
}
