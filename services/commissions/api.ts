import { createOpenApi, type Endpoint } from '@relevo/kit'
import { z } from 'zod'
import { approveRequest, calculateRequest } from './requests.ts'

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  request_id: z.string(),
})
const time = z.iso.datetime()
const status = z.enum(['CALCULATED', 'APPROVED'])
const major = z.number().meta({ description: 'In major units, exactly' })

const commission = z.object({
  commissionId: z.uuid(),
  conversionId: z.string(),
  affiliateId: z.string(),
  campaignId: z.string(),
  grossAmount: major,
  percentage: z.number(),
  netAmount: major,
  currency: z.string(),
  status,
  calculatedAt: time,
  approvedAt: time.nullable(),
})

const refused = { description: 'The request is not valid', schema: problem }
const unknown = { description: 'There is no such commission', schema: problem }
const tooLarge = { description: 'The body is too large', schema: problem }
const wrongType = { description: 'The body is not application/json', schema: problem }
const unavailable = { description: 'The database cannot be reached', schema: problem }

/** The endpoints of the commissions API: two commands and a query. */
export const endpoints = {
  calculate: {
    method: 'post',
    path: '/commissions/calculate',
    summary: 'Calculates the commission of a conversion, once: a repetition gets the same answer',
    body: calculateRequest,
    responses: {
      201: { description: 'The commission', schema: z.object({ commissionId: z.uuid() }) },
      400: refused,
      409: { description: 'A conversion with this id and other content has a commission', schema: problem },
      413: tooLarge,
      415: wrongType,
      503: unavailable,
    },
  },
  approve: {
    method: 'post',
    path: '/commissions/approve',
    summary: 'Approves a commission, once: a repetition gets the same answer',
    body: approveRequest,
    responses: {
      200: {
        description: 'It is approved',
        schema: z.object({ commissionId: z.uuid(), status: z.literal('APPROVED'), approvedAt: time }),
      },
      400: refused,
      404: unknown,
      413: tooLarge,
      415: wrongType,
      503: unavailable,
    },
  },
  byConversion: {
    method: 'get',
    path: '/commissions/by-conversion/:conversionId',
    summary: 'The commission of a conversion',
    responses: {
      200: { description: 'The commission', schema: commission },
      400: refused,
      404: unknown,
      503: unavailable,
    },
  },
} as const satisfies Record<string, Endpoint>

export const openapi = createOpenApi(
  { title: 'Relevo commissions', version: '1.0.0' },
  Object.values(endpoints),
)
