import { defineApi, pageAnswer, pageQuery, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { parseExactJson } from '@relevo/kit/exact'
import { z } from 'zod'
import { movementTypes } from './domain/movement.ts'
import { createRequest, listQuery, productParams, stockRequest, updateRequest } from './requests.ts'

const time = z.iso.datetime()
const units = z.int().min(0)

const product = z.object({
  id: z.int().positive(),
  sku: z.string().nullable(),
  name: z.string(),
  description: z.string(),
  price: z.number().meta({ description: "In the shop's currency, exactly" }),
  stock_quantity: units,
  reserved_quantity: units.meta({ description: 'Set aside for orders that have not ended' }),
  available_quantity: units,
  min_stock_level: units,
  version: z
    .int()
    .positive()
    .meta({ description: 'Counts the changes of what describes it, not of its stock' }),
  created_at: time,
  updated_at: time,
})

const movement = z.object({
  id: z.int().positive(),
  product_id: z.int().positive(),
  quantity_change: z.int(),
  movement_type: z.enum(movementTypes),
  reference_id: z.string().nullable(),
  notes: z.string().nullable(),
  stock_after: units,
  created_at: time,
})

const none = { 404: 'There is no such product' }

/** The endpoints of the inventory. */
export const api = defineApi({
  title: 'Relevo inventory',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    listProducts: {
      method: 'get',
      path: '/products',
      summary: 'The products, the newest first',
      access: 'public',
      query: listQuery,
      responses: {
        200: { description: 'A page of products', schema: pageAnswer('en', 'products', product) },
      },
    },
    createProduct: {
      method: 'post',
      path: '/products',
      summary: 'Creates a product; its first stock is a movement',
      access: 'operator',
      body: createRequest,
      parseBody: parseExactJson,
      responses: { 201: { description: 'The product', schema: product } },
      errors: { 409: 'Another product has this SKU' },
    },
    listLowStock: {
      method: 'get',
      path: '/products/low-stock',
      summary: 'Products of which no more is available than their minimum: the 1,000 that lack most',
      access: 'public',
      responses: {
        200: {
          description: 'The products',
          schema: z.object({ count: units, products: z.array(product) }),
        },
      },
    },
    getProduct: {
      method: 'get',
      path: '/products/:id',
      summary: 'A product by its number or SKU',
      access: 'public',
      params: productParams,
      responses: { 200: { description: 'The product', schema: product } },
      errors: none,
    },
    updateProduct: {
      method: 'put',
      path: '/products/:id',
      summary: 'Changes what describes a product; its stock is changed by movements',
      access: 'operator',
      params: productParams,
      body: updateRequest,
      parseBody: parseExactJson,
      responses: { 200: { description: 'The product', schema: product } },
      errors: { ...none, 409: 'The product has another version by now' },
    },
    changeStock: {
      method: 'post',
      path: '/products/:id/stock',
      summary: 'Units come or leave',
      access: 'operator',
      params: productParams,
      body: stockRequest,
      parseBody: parseExactJson,
      responses: {
        200: { description: 'The product as it is now', schema: z.object({ product, movement }) },
      },
      errors: { ...none, 409: 'Fewer units would be left than are reserved, or more than can be counted' },
    },
    listMovements: {
      method: 'get',
      path: '/products/:id/movements',
      summary: 'What changed the stock of a product, the newest first',
      params: productParams,
      query: pageQuery('en'),
      responses: {
        200: { description: 'A page of movements', schema: pageAnswer('en', 'movements', movement) },
      },
      errors: none,
    },
    ...consumerEndpoints('en'),
  },
})

export type Endpoints = typeof api.endpoints
