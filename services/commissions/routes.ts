import { type Route, requestContext, ServiceError } from '@relevo/kit'
import type { Request, Response } from 'express'
import type pg from 'pg'
import { endpoints } from './api.ts'
import { approveCommission } from './commands/approveCommission.ts'
import { calculateCommission } from './commands/calculateCommission.ts'
import { statusOf } from './domain/commission.ts'
import type { Percentage } from './domain/percentage.ts'
import { parseExactJson } from './exactJson.ts'
import { commissionByConversion } from './queries/commissionByConversion.ts'
import { parseApproval, parseConversion, parseConversionId } from './requests.ts'

export interface CommissionsParts {
  pool: pg.Pool
  /** Of new commissions. */
  percentage: Percentage
}

/** What answers the endpoints of the commissions API. */
export function createRoutes(parts: CommissionsParts): Route[] {
  const { pool } = parts
  return [
    {
      ...endpoints.calculate,
      parseBody: parseExactJson,
      handle: (request, response) => calculate(parts, request, response),
    },
    { ...endpoints.approve, handle: (request, response) => approve(pool, request, response) },
    { ...endpoints.byConversion, handle: (request, response) => byConversion(pool, request, response) },
  ]
}

async function calculate(parts: CommissionsParts, request: Request, response: Response): Promise<void> {
  const conversion = parseConversion(request.body)
  const { traceparent } = requestContext(response)
  const { percentage } = parts
  const { outcome, commission } = await calculateCommission(parts.pool, conversion, {
    percentage,
    traceparent,
  })
  if (outcome === 'otherConversion')
    throw new ServiceError(
      'conflict',
      `Conversion ${conversion.conversionId} has commission ${commission.id} already, with another affiliate, campaign or amount.`,
    )
  response.status(201).json({ commissionId: commission.id })
}

async function approve(pool: pg.Pool, request: Request, response: Response): Promise<void> {
  const commissionId = parseApproval(request.body)
  const { traceparent } = requestContext(response)
  const commission = await approveCommission(pool, commissionId, traceparent)
  if (!commission) throw new ServiceError('notFound', `There is no commission ${commissionId}.`)
  const { id, approvedAt } = commission
  response.json({ commissionId: id, status: statusOf(commission), approvedAt })
}

async function byConversion(pool: pg.Pool, request: Request, response: Response): Promise<void> {
  const conversionId = parseConversionId(request.params.conversionId)
  const found = await commissionByConversion(pool, conversionId)
  if (!found) throw new ServiceError('notFound', `Conversion ${conversionId} has no commission.`)
  response.json(found)
}
