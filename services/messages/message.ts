import { ServiceError } from '@relevo/kit'
import { isStorable } from '@relevo/outbox'
import { z } from 'zod'

const texts = {
  object: 'El cuerpo debe ser un objeto JSON con el campo "content"',
  missing: 'Falta el campo "content"',
  type: 'El campo "content" debe ser un texto',
  blank: 'El campo "content" no puede estar vacío',
  unstorable:
    'El campo "content" contiene caracteres que no se pueden guardar (U+0000 o sustitutos UTF-16 sueltos)',
} as const

/** What a client sends to create a message. */
export const newMessage = z.strictObject(
  {
    content: z
      .string({ error: ({ input }) => (input === undefined ? texts.missing : texts.type) })
      .refine((content) => content.trim() !== '', { error: texts.blank, abort: true })
      .refine(isStorable, { error: texts.unstorable })
      .meta({ minLength: 1, description: 'Texto del mensaje', examples: ['Mi primer evento'] }),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? unknownFields(issue.keys) : texts.object) },
)

function unknownFields(keys: readonly string[]): string {
  const named = keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, 50)))
  return `Campos desconocidos: ${named.join(', ')}${keys.length > 5 ? '…' : ''}`
}

/**
 * The content of the message that a client wants to create.
 * @throws ServiceError `invalidRequest` or `payloadTooLarge` with the reason in Spanish.
 */
export function parseMessage(body: unknown, maxBytes: number): string {
  const parsed = newMessage.safeParse(body)
  if (!parsed.success)
    throw new ServiceError('invalidRequest', parsed.error.issues.map((issue) => issue.message).join('. '))
  const { content } = parsed.data
  if (Buffer.byteLength(content) > maxBytes)
    throw new ServiceError('payloadTooLarge', `El campo "content" supera el máximo de ${maxBytes} bytes`)
  return content
}
