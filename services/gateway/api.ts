import { defineApi, problemDetails } from '@relevo/kit'
import { z } from 'zod'

/** The endpoints of the gateway itself; those of the services are below /api, and the console's pages at /. */
export const api = defineApi({
  title: 'Relevo gateway',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    home: {
      method: 'get',
      path: '/api',
      summary: 'What is here: as a page for browsers, else as JSON',
      access: 'public',
      headers: z.object({ accept: z.string().optional() }),
      responses: {
        200: {
          description: 'The services with their paths; `left_alone`: after failures, for a moment',
          schema: z.object({
            services: z.array(
              z.object({
                service: z.string(),
                path: z.string(),
                state: z.enum(['open', 'left_alone', 'not_installed']),
              }),
            ),
          }),
        },
      },
    },
  },
})

export type Endpoints = typeof api.endpoints
