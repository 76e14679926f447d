import type { Handlers } from '@relevo/kit'
import type { Endpoints } from './api.ts'
import { type HomeEntry, renderHome } from './home.ts'

/** @param entries tells how the services stand just now. */
export function createHandlers(entries: () => readonly HomeEntry[]): Handlers<Endpoints> {
  return {
    home: ({ headers }) => {
      const services = entries()
      if (!headers.accept?.includes('text/html')) return { body: { services } }
      return {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
        },
        body: renderHome(services),
      }
    },
  }
}
