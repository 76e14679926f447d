import { createOpenApi, type Endpoint } from '@relevo/kit'
import { z } from 'zod'
import { newMessage } from './message.ts'
import { eventsQuery, messagesQuery } from './page.ts'
import { stateMessages, stateNames } from './states.ts'

const id = z.int().positive()
const time = z.iso.datetime()
const nextCursor = z
  .string()
  .optional()
  .meta({ description: 'Sólo si hay otra página: el "cursor" de la siguiente' })

const recorded = z.object({
  success: z.literal(true),
  evento_id: id,
  estado: z.enum(['E', 'X', 'P']),
  message: z.enum(Object.values(stateMessages)),
})

const failure = z.object({ success: z.literal(false), error: z.string() })

const evento = z.object({
  id,
  content: z.string(),
  estado: z.enum(Object.values(stateNames)),
  intentos: z.int().min(0),
  error_message: z.string().optional(),
  created_at: time,
})

const processed = z.object({ id, content: z.string(), evento_id: id, created_at: time })

const stats = z.object({
  total: z.int().min(0),
  eventos: z.array(
    z.object({
      procesado: z.enum(['P', 'E', 'X']),
      descripcion: z.enum(Object.values(stateNames)),
      cantidad: z.int().min(0),
    }),
  ),
})

const refused = { description: 'La petición no es válida', schema: failure }
const unavailable = { description: 'La base de datos no está disponible', schema: failure }

/** The endpoints of the messages API. */
export const endpoints = {
  createMessage: {
    method: 'post',
    path: '/messages',
    summary: 'Crea un mensaje: guarda su evento y espera a saber si Kafka lo tiene',
    headers: z.object({
      prefer: z
        .string()
        .optional()
        .meta({ description: 'Con "respond-async" no espera: responde 202 y estado P' }),
    }),
    body: newMessage,
    responses: {
      201: {
        description: 'Evento creado: E enviado, X falló el envío y se reintentará, P aún pendiente',
        schema: recorded,
      },
      202: { description: 'Evento creado, sin esperar su envío', schema: recorded },
      400: refused,
      413: { description: 'El contenido es demasiado grande', schema: failure },
      415: { description: 'El cuerpo no es application/json', schema: failure },
      503: unavailable,
    },
  },
  listEvents: {
    method: 'get',
    path: '/eventos',
    summary: 'Los eventos con su estado, los más recientes primero',
    query: eventsQuery,
    responses: {
      200: {
        description: 'Una página de eventos',
        schema: z.object({ count: z.int().min(0), eventos: z.array(evento), next_cursor: nextCursor }),
      },
      400: refused,
      503: unavailable,
    },
  },
  listMessages: {
    method: 'get',
    path: '/messages',
    summary: 'Los mensajes procesados, los más recientes primero',
    query: messagesQuery,
    responses: {
      200: {
        description: 'Una página de mensajes',
        schema: z.object({ count: z.int().min(0), messages: z.array(processed), next_cursor: nextCursor }),
      },
      400: refused,
      503: unavailable,
    },
  },
  stats: {
    method: 'get',
    path: '/stats',
    summary: 'Cuántos eventos hay en cada estado; de los no enviados se cuentan 100.000 como máximo',
    responses: { 200: { description: 'Los números', schema: stats }, 503: unavailable },
  },
} as const satisfies Record<string, Endpoint>

export const openapi = createOpenApi({ title: 'Relevo messages', version: '1.0.0' }, Object.values(endpoints))
