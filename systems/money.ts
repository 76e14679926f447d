import { z } from 'zod'

/** An amount in an event. */
export const money = z
  .object({
    amount: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .meta({ description: 'Major units in decimal digits, exactly', examples: ['15.06'] }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .meta({ description: 'ISO 4217', examples: ['USD'] }),
  })
  .meta({ description: 'An amount of money; a text, since a floating-point number would not keep it' })
