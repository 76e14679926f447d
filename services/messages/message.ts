import { ServiceError } from '@relevo/kit'
import { z } from 'zod'

/** What a client sends to create a message. */
export const newMessage = z.strictObject(
  {
    content: z
      .string()
      .refine((content) => content.trim() !== '', { error: 'El campo "content" no puede estar vacío' })
      .meta({
        minLength: 1,
        pattern: '^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$',
        description: 'Texto del mensaje',
        examples: ['Mi primer evento'],
      }),
  },
  {
    error: ({ code }) =>
      code === 'invalid_type' ? 'El cuerpo debe ser un objeto JSON con el campo "content"' : undefined,
  },
)

/** @throws ServiceError `payloadTooLarge` with the reason in Spanish. */
export function checkSize(content: string, maxBytes: number): void {
  if (Buffer.byteLength(content) > maxBytes)
    throw new ServiceError('payloadTooLarge', `El campo "content" supera el máximo de ${maxBytes} bytes`)
}
