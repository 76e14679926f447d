import { exactBody, exactInteger, exactUnits, isExactNumber, parseDecimal, toUnits } from '@relevo/kit/exact'
import { z } from 'zod'
import { mostItems, mostUnits } from '../shop/common.ts'

/** Hundredths: the shop's amounts have two decimals. */
export const priceDecimals = 2

/** In hundredths; what is not below cannot be told in an event. */
export const totalBound = 10n ** 14n

export interface NewLine {
  /** The product's number or its SKU. */
  readonly productId: number | string
  readonly productName: string
  readonly quantity: number
  readonly unitMinor: bigint
}

/** What is ordered, by whom. */
export interface NewOrder {
  readonly type: 'sell' | 'buy'
  readonly customerId: string | null
  readonly customerName: string
  readonly customerEmail: string | null
  readonly lines: readonly NewLine[]
}

export function totalOf({ lines }: Pick<NewOrder, 'lines'>): bigint {
  return lines.reduce((sum, { quantity, unitMinor }) => sum + BigInt(quantity) * unitMinor, 0n)
}

/** A text of an order, which has to say something. */
export function text(name: string, max: number) {
  const rule = `"${name}" must have 1 to ${max} characters, not all of them blank`
  return z
    .string()
    .max(max, rule)
    .refine((value) => value.trim() !== '', { error: rule })
}

const email = z
  .string()
  .max(320, '"customer_email" must have at most 320 characters')
  .regex(/^[^\s@]+@[^\s@]+$/, { error: '"customer_email" must be an e-mail address' })
  .meta({ examples: ['cliente@test.com'] })

const mostId = 2 ** 31 - 1
const skuForm = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const productRule = `"product_id" must be a number from 1 to ${mostId}, or a SKU, which begins with a letter`

const productId = z
  .unknown()
  .transform((input, context): number | string => {
    if (typeof input === 'string' && skuForm.test(input)) return input
    const decimal = isExactNumber(input) ? parseDecimal(input.rawJSON) : undefined
    // Bounded before it is multiplied: 1e9999 is short and large.
    const number = decimal && decimal.scale >= -10 && decimal.scale <= 0 ? toUnits(decimal, 0) : undefined
    if (number !== undefined && number >= 1n && number <= mostId) return Number(number)
    context.addIssue(productRule)
    return z.NEVER
  })
  .meta({
    anyOf: [
      { type: 'integer', minimum: 1, maximum: mostId },
      { type: 'string', pattern: skuForm.source },
    ],
    description: "The product's number or SKU",
    examples: [1, 'LAPTOP-001'],
  })

const price = (name: string) =>
  exactUnits(name, { places: priceDecimals, below: 1_000_000_000_000, description: 'As the shop has it' })

const item = z
  .strictObject({
    product_id: productId,
    product_name: text('product_name', 200).optional(),
    quantity: exactInteger({ min: 1, max: mostUnits }),
    unit_price: price('unit_price').optional(),
    price: price('price').optional().meta({ description: 'The same as `unit_price`' }),
  })
  .transform(({ product_id, product_name, quantity, unit_price, price }, context) => {
    const unitMinor = unit_price ?? price
    if (unitMinor === undefined || (unit_price !== undefined && price !== undefined)) {
      context.addIssue('Each item must have either "unit_price" or "price"')
      return z.NEVER
    }
    return { productId: product_id, productName: product_name ?? String(product_id), quantity, unitMinor }
  })

/** Either of two bodies: with the customer's name and address, or with the customer's id only, which sells. */
export const placeOrderBody = exactBody(
  z
    .strictObject({
      order_type: z.enum(['sell', 'buy']).optional(),
      customer_id: text('customer_id', 200)
        .optional()
        .meta({ examples: ['customer-123'] }),
      customer_name: text('customer_name', 200).optional(),
      customer_email: email.optional(),
      items: z
        .array(item)
        .min(1, '"items" must have at least one item')
        .max(mostItems, `"items" must have at most ${mostItems} items`),
    })
    .transform((body, context): NewOrder => {
      const { order_type, customer_id, customer_name, customer_email, items } = body
      if (customer_id === undefined) {
        const missing = Object.entries({ order_type, customer_name, customer_email })
          .filter(([, value]) => value === undefined)
          .map(([name]) => `"${name}"`)
        if (missing.length > 0)
          context.addIssue(`Send ${missing.join(', ')}, or the "customer_id" of a customer`)
      }
      if (totalOf({ lines: items }) >= totalBound) context.addIssue('The total must be below 1000000000000')
      return {
        type: order_type ?? 'sell',
        customerId: customer_id ?? null,
        customerName: customer_name ?? customer_id ?? '',
        customerEmail: customer_email ?? null,
        lines: items,
      }
    }),
)
