import { pageQuery } from '@relevo/kit'
import { exactBody, exactInteger, exactUnits } from '@relevo/kit/exact'
import { z } from 'zod'
import { movementTypes, requiredSign } from './domain/movement.ts'
import { mostUnits, priceDecimals } from './domain/product.ts'

const skuForm = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const skuRule = 'must begin with a letter, and have at most 64 letters, digits, ".", "_" or "-"'
const reserved = 'low-stock' // GET /products/low-stock is the list

const sku = z
  .string()
  .regex(skuForm, { error: `"sku" ${skuRule}` })
  .refine((text) => text !== reserved, { error: `"sku" must not be "${reserved}"` })
  .meta({ description: 'Names the product beside its number, once', examples: ['LAPTOP-001'] })

function text(name: string, max: number, min = 0) {
  const rule = min > 0 ? `${min} to ${max}` : `at most ${max}`
  return z
    .string()
    .min(min, `"${name}" must have ${rule} characters`)
    .max(max, `"${name}" must have ${rule} characters`)
}

const name = text('name', 200, 1)
  .refine((value) => value.trim() !== '', { error: '"name" must not be blank' })
  .meta({ examples: ['Producto Test'] })
const description = text('description', 2_000)
const price = exactUnits('price', {
  places: priceDecimals,
  below: 1_000_000_000_000,
  description: "In the shop's currency, exactly",
})
const units = (description: string) => exactInteger({ min: 0, max: mostUnits, description })
const stockQuantity = units('The first stock')
const minStockLevel = units('At or below it the stock is low')

export const createRequest = exactBody(
  z.strictObject({
    name,
    description: description.optional(),
    price,
    stock_quantity: stockQuantity.optional(),
    min_stock_level: minStockLevel.optional(),
    sku: sku.optional(),
  }),
)

const toStock = '"stock_quantity" cannot be set: POST what has changed to /products/{id}/stock'

export const updateRequest = exactBody(
  z
    .strictObject({
      name: name.optional(),
      description: description.optional(),
      price: price.optional(),
      min_stock_level: minStockLevel.optional(),
      version: exactInteger({
        min: 1,
        max: mostUnits,
        description: 'The version that is changed: with another one the answer is 409',
      }).optional(),
      stock_quantity: z.never({ error: toStock }).optional().meta({ description: toStock }),
    })
    .refine(({ version: _, ...changes }) => Object.values(changes).some((value) => value !== undefined), {
      error: 'Send at least one of "name", "description", "price" and "min_stock_level"',
    }),
)

export const stockRequest = exactBody(
  z
    .strictObject({
      quantity_change: exactInteger({
        min: -mostUnits,
        max: mostUnits,
        description: 'Not 0; positive for purchases, negative for sales and damage',
      }),
      movement_type: z.enum(movementTypes),
      reference_id: text('reference_id', 200).optional(),
      notes: text('notes', 1_000).optional(),
    })
    .superRefine(({ quantity_change: change, movement_type: type }, context) => {
      if (change === 0) context.addIssue('"quantity_change" must not be 0')
      const sign = requiredSign[type]
      if (sign !== undefined && Math.sign(change) === -sign)
        context.addIssue(`"quantity_change" of ${type} must be ${sign > 0 ? 'above' : 'below'} 0`)
    }),
)

const mostId = 999_999_999

/** The number of a product, or its SKU. */
export const productParams = z.object({
  id: z
    .string()
    .transform((input, context): number | string => {
      if (/^[1-9]\d{0,8}$/.test(input)) return Number(input)
      if (skuForm.test(input)) return input
      context.addIssue(`"id" must be a number from 1 to ${mostId} or a SKU, which ${skuRule}`)
      return z.NEVER
    })
    .meta({
      pattern: '^([1-9][0-9]{0,8}|[A-Za-z][A-Za-z0-9._-]{0,63})$',
      description: "The product's number or SKU",
      examples: ['1', 'LAPTOP-001'],
    }),
})

export const listQuery = pageQuery('en').extend({
  search: z
    .string()
    .max(100, 'The parameter "search" must have at most 100 characters')
    .optional()
    .meta({ description: 'In name, description or SKU; of capitals no difference is made' }),
})

export type CreateRequest = z.output<typeof createRequest>
export type UpdateRequest = z.output<typeof updateRequest>
export type StockRequest = z.output<typeof stockRequest>
