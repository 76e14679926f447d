import { type Call, type Handlers, type Reply, ServiceError } from '@relevo/kit'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import { approveCommission } from './commands/approveCommission.ts'
import { calculateCommission } from './commands/calculateCommission.ts'
import { statusOf } from './domain/commission.ts'
import type { Percentage } from './domain/percentage.ts'
import { commissionByConversion } from './queries/commissionByConversion.ts'

export interface CommissionsParts {
  readonly pool: pg.Pool
  /** Of new commissions. */
  readonly percentage: Percentage
}

export function createHandlers({ pool, percentage }: CommissionsParts): Handlers<Endpoints> {
  return {
    calculate: (call, client) => calculate(client, percentage, call),
    approve: (call, client) => approve(client, call),
    byConversion: async ({ params: { conversionId } }) => {
      const found = await commissionByConversion(pool, conversionId)
      if (!found) throw new ServiceError('notFound', `Conversion ${conversionId} has no commission.`)
      return { body: found }
    },
  }
}

async function calculate(
  client: pg.PoolClient,
  percentage: Percentage,
  { body: conversion }: Call<Endpoints['calculate']>,
): Promise<Reply> {
  const { outcome, commission } = await calculateCommission(client, conversion, percentage)
  if (outcome === 'otherConversion')
    throw new ServiceError(
      'conflict',
      `Conversion ${conversion.conversionId} has commission ${commission.id} already, with another affiliate, campaign or amount.`,
    )
  return { status: 201, body: { commissionId: commission.id } }
}

async function approve(client: pg.PoolClient, { body }: Call<Endpoints['approve']>): Promise<Reply> {
  const commission = await approveCommission(client, body.commissionId)
  if (!commission) throw new ServiceError('notFound', `There is no commission ${body.commissionId}.`)
  const { id, approvedAt } = commission
  return { body: { commissionId: id, status: statusOf(commission), approvedAt } }
}
