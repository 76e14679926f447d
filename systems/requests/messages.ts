// Also runs in k6: no imports of packages.
import type { ApiRequest, Arrival } from '../request.ts'

const states: readonly unknown[] = ['E', 'X', 'P']

export const postMessage: ApiRequest = {
  path: '/messages',
  accepted: [201, 202],
  body: (content) => ({ content }),
  event: (content) => content,
  receipt: ({ success, evento_id: id, estado }) => {
    if (success !== true || !Number.isSafeInteger(id) || !states.includes(estado)) return undefined
    return { id: id as number, delivered: estado === 'E' }
  },
}

export const messageProcessed: Arrival = {
  at: 'messages',
  path: () => '/messages',
  shows: (body, content) => JSON.stringify(body).includes(content),
}
