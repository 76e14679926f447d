import { defineApi, pageAnswer, pageQuery, spanishErrors } from '@relevo/kit'
import { z } from 'zod'
import { newMessage } from './message.ts'
import { stateMessages, stateNames, stateParameter } from './states.ts'

const id = z.int().positive()
const time = z.iso.datetime()

const recorded = z.object({
  success: z.literal(true),
  evento_id: id,
  estado: z.enum(['E', 'X', 'P']),
  message: z.enum(Object.values(stateMessages)),
})

const evento = z.object({
  id,
  content: z.string().nullable(),
  estado: z.enum(Object.values(stateNames)),
  intentos: z.int().min(0),
  error_message: z.string().optional(),
  created_at: time,
})

/** What GET /eventos answers. */
export const eventsPage = pageAnswer('es', 'eventos', evento)

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

/** The endpoints of the messages API. */
export const api = defineApi({
  title: 'Relevo messages',
  version: '1.0.0',
  errors: spanishErrors,
  endpoints: {
    createMessage: {
      method: 'post',
      path: '/messages',
      summary: 'Crea un mensaje: guarda su evento y espera a saber si Kafka lo tiene',
      access: 'customer',
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
      },
    },
    listEvents: {
      method: 'get',
      path: '/eventos',
      summary: 'Los eventos con su estado, los más recientes primero',
      query: pageQuery('es').extend({ estado: stateParameter.optional() }),
      responses: {
        200: { description: 'Una página de eventos', schema: eventsPage },
      },
    },
    listMessages: {
      method: 'get',
      path: '/messages',
      summary: 'Los mensajes procesados, los más recientes primero',
      query: pageQuery('es'),
      responses: {
        200: { description: 'Una página de mensajes', schema: pageAnswer('es', 'messages', processed) },
      },
    },
    stats: {
      method: 'get',
      path: '/stats',
      summary: 'Cuántos eventos hay en cada estado; de los no enviados se cuentan 100.000 como máximo',
      responses: { 200: { description: 'Los números', schema: stats } },
    },
  },
})

export type Endpoints = typeof api.endpoints
