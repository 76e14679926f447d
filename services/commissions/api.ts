import { defineApi, problemDetails } from '@relevo/kit'
import { parseExactJson } from '@relevo/kit/exact'
import { z } from 'zod'
import { approveRequest, calculateRequest, conversionParams } from './requests.ts'

const time = z.iso.datetime()
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
  status: z.enum(['CALCULATED', 'APPROVED']),
  calculatedAt: time,
  approvedAt: time.nullable(),
})
const approved = z.object({ commissionId: z.uuid(), status: z.literal('APPROVED'), approvedAt: time })

/** The endpoints of the commissions API: two commands and a query. */
export const api = defineApi({
  title: 'Relevo commissions',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    calculate: {
      method: 'post',
      path: '/commissions/calculate',
      summary: 'Calculates the commission of a conversion, once: a repetition gets the same answer',
      body: calculateRequest,
      parseBody: parseExactJson,
      responses: { 201: { description: 'The commission', schema: z.object({ commissionId: z.uuid() }) } },
      errors: { 409: 'A conversion with this id and other content has a commission' },
    },
    approve: {
      method: 'post',
      path: '/commissions/approve',
      summary: 'Approves a commission, once: a repetition gets the same answer',
      body: approveRequest,
      responses: { 200: { description: 'It is approved', schema: approved } },
      errors: { 404: 'There is no such commission' },
    },
    byConversion: {
      method: 'get',
      path: '/commissions/by-conversion/:conversionId',
      summary: 'The commission of a conversion',
      params: conversionParams,
      responses: { 200: { description: 'The commission', schema: commission } },
      errors: { 404: 'There is no such commission' },
    },
  },
})

export type Endpoints = typeof api.endpoints
