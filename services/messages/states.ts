import type { EventState } from '@relevo/outbox'
import { z } from 'zod'

/** The states of an event in the words that clients see. */
export const stateNames: Readonly<Record<EventState, string>> = { P: 'Pendiente', E: 'Enviado', X: 'Error' }

/** What a POST says of the event that it has recorded. */
export const stateMessages: Readonly<Record<EventState, string>> = {
  E: 'Evento creado y enviado a Kafka exitosamente',
  X: 'Evento creado pero falló el envío a Kafka. Se reintentará automáticamente.',
  P: 'Evento creado y pendiente de envío a Kafka. Se enviará automáticamente.',
}

const stateWords = ['P', 'E', 'X', 'Pendiente', 'Enviado', 'Error'] as const
const stateByName = { P: 'P', E: 'E', X: 'X', Pendiente: 'P', Enviado: 'E', Error: 'X' } as const

/** A state in a query, by its letter or its name in any case. */
export const stateParameter = z
  .preprocess(
    (text) =>
      stateWords.find((word) => typeof text === 'string' && word.toLowerCase() === text.toLowerCase()) ??
      text,
    z.enum(stateWords),
  )
  .transform((word): EventState => stateByName[word])
  .meta({ description: 'Sólo los eventos en este estado: P (Pendiente), E (Enviado) o X (Error)' })
