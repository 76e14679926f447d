import type { EventState } from '@relevo/outbox'

/** The states of an event in the words that clients see. */
export const stateNames: Readonly<Record<EventState, string>> = { P: 'Pendiente', E: 'Enviado', X: 'Error' }

/** What a POST says of the event that it has recorded. */
export const stateMessages: Readonly<Record<EventState, string>> = {
  E: 'Evento creado y enviado a Kafka exitosamente',
  X: 'Evento creado pero falló el envío a Kafka. Se reintentará automáticamente.',
  P: 'Evento creado y pendiente de envío a Kafka. Se enviará automáticamente.',
}

/** The state that a letter or a word stands for. */
export function stateOf(text: string): EventState | undefined {
  const wanted = text.toLowerCase()
  const states = Object.keys(stateNames) as EventState[]
  return states.find((state) => state.toLowerCase() === wanted || stateNames[state].toLowerCase() === wanted)
}
