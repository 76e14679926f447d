import { readConsumption } from '@relevo/inbox'
import type pg from 'pg'
import { z } from 'zod'
import type { Endpoints, Handlers } from '../http/endpoint.ts'
import type { Language } from '../http/parameters.ts'

const texts = {
  es: {
    summary: 'Qué ha sido de un evento en los consumidores de este servicio',
    found: 'Lo que se sabe; vacío: ninguno lo ha recibido',
    processed: '"processed": tuvo efecto; "held": espera un reintento, o detrás de uno',
  },
  en: {
    summary: 'What has become of an event in the consumers of this service',
    found: 'What is known; empty: none has taken it',
    processed: '`processed`: it took effect; `held`: it waits for another try, or behind one',
  },
} as const

const states = ['processed', 'held', 'dead', 'redriven', 'discarded', 'archived'] as const

/** The endpoint that traces an event's path. */
export function consumptionEndpoint(language: Language) {
  const { summary, found, processed } = texts[language]
  const consumption = z.object({
    consumer: z.string(),
    state: z.enum(states).meta({ description: processed }),
    at: z.iso.datetime(),
    attempts: z.int().nullable(),
    error: z.string().nullable(),
    retry_at: z.iso.datetime().nullable(),
  })
  const schema = z.object({ count: z.int().min(0), consumptions: z.array(consumption) })
  return {
    showConsumption: {
      method: 'get',
      path: '/consumptions/:eventId',
      summary,
      params: z.object({ eventId: z.uuid() }),
      responses: { 200: { description: found, schema } },
    },
  } as const satisfies Endpoints
}

/** What answers {@link consumptionEndpoint}. */
export function consumptionHandler(pool: pg.Pool): Handlers<ReturnType<typeof consumptionEndpoint>> {
  return {
    showConsumption: async ({ params: { eventId } }) => {
      const found = await readConsumption(pool, eventId)
      const consumptions = found.map(({ retryAt, ...rest }) => ({ ...rest, retry_at: retryAt }))
      return { body: { count: consumptions.length, consumptions } }
    },
  }
}
