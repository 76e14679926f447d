// Also runs in k6: no imports of packages.
import type { ApiRequest, Arrival, Body, Receipt } from '../request.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const register: ApiRequest = {
  path: '/users',
  accepted: [201],
  body: (content) => ({
    name: content,
    email: `${content.replaceAll(/[^\w-]/g, '-')}@load.example`,
    password: `password of ${content}`,
  }),
  event: (content) => content,
  // The mail is about the user's id, since what users say of themselves is sealed.
  receipt: ({ id }): Receipt | undefined =>
    typeof id === 'string' && uuid.test(id) ? { content: id } : undefined,
}

export const mailSent: Arrival = {
  at: 'users-notifications',
  path: () => '/channels',
  shows: ({ channels }) =>
    (channels as readonly Body[]).every(
      ({ lag, held, problem }) => lag === 0 && held === 0 && problem === null,
    ),
}
