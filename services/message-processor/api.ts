import { deadLetterReasons } from '@relevo/inbox'
import { createOpenApi, type Endpoint } from '@relevo/kit'
import { z } from 'zod'
import { deadLettersQuery } from './deadLetters.ts'

const count = z.int().min(0)
const failure = z.object({ success: z.literal(false), error: z.string() })
const time = z.iso.datetime()
const refused = { description: 'La petición no es válida', schema: failure }
const unavailable = { description: 'La base de datos no está disponible', schema: failure }

const deadLetter = z.object({
  id: count,
  offset: count,
  event_id: z
    .uuid()
    .nullable()
    .meta({ description: 'Nulo si el registro no tiene uno válido: no se puede reenviar' }),
  type: z.string().nullable(),
  topic: z.string(),
  partition: count,
  reason: z.enum(deadLetterReasons),
  error: z.string(),
  attempts: count,
  dead_at: time,
  redriven_at: time.nullable(),
})

const stats = z.object({
  total: count.meta({ description: 'Mensajes guardados; se cuentan 100.000 como máximo' }),
  group_id: z.string(),
  topic: z.string(),
  lag: count
    .nullable()
    .meta({ description: 'Registros del topic que el grupo no ha procesado; nulo si Kafka no responde' }),
  processed: count.meta({
    description: 'Eventos procesados por este proceso desde que arrancó; así también los demás números',
  }),
  duplicates: count,
  ignored: count,
  retries: count,
  held: count.meta({ description: 'Eventos que esperan un reintento, o detrás de uno' }),
  dead_letters: count,
  last_processed_at: time.optional(),
})

/** The endpoints of the message processor. */
export const endpoints = {
  stats: {
    method: 'get',
    path: '/stats',
    summary: 'Qué se ha procesado y cuánto queda',
    responses: { 200: { description: 'Los números', schema: stats }, 503: unavailable },
  },
  listDeadLetters: {
    method: 'get',
    path: '/dead-letters',
    summary: 'Los eventos que se han dado por fallidos, los más recientes primero',
    query: deadLettersQuery,
    responses: {
      200: {
        description: 'Una página de eventos fallidos',
        schema: z.object({ count, dead_letters: z.array(deadLetter), next_cursor: z.string().optional() }),
      },
      400: refused,
      503: unavailable,
    },
  },
  redriveAll: {
    method: 'post',
    path: '/dead-letters/redrive',
    summary: 'Da nuevos intentos a todos los eventos fallidos',
    responses: {
      202: {
        description: 'Cuántos se reenvían',
        schema: z.object({ success: z.literal(true), redriven: count }),
      },
      503: unavailable,
    },
  },
  redrive: {
    method: 'post',
    path: '/dead-letters/:eventId/redrive',
    summary: 'Da nuevos intentos a un evento fallido, detrás de los que esperan de su clave',
    responses: {
      202: {
        description: 'Se reenvía',
        schema: z.object({ success: z.literal(true), redriven: z.literal(1) }),
      },
      400: refused,
      404: { description: 'No hay tal evento fallido', schema: failure },
      503: unavailable,
    },
  },
} as const satisfies Record<string, Endpoint>

export const openapi = createOpenApi(
  { title: 'Relevo message processor', version: '1.0.0' },
  Object.values(endpoints),
)
