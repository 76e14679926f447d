import { exactBody, isExactNumber } from '@relevo/kit/exact'
import { z } from 'zod'
import type { Conversion } from './domain/commission.ts'
import { currencyCodes, findCurrency } from './domain/currency.ts'
import { type MoneyProblem, parseMoney } from './domain/money.ts'

const idForm = /^[A-Za-z0-9][\w.:-]{0,99}$/
const idRule = 'must be 1 to 100 letters, digits, ".", "_", ":" or "-", and begin with a letter or a digit'

function id(name: string, example: string) {
  return z
    .string()
    .regex(idForm, { error: `"${name}" ${idRule}` })
    .meta({ examples: [example] })
}

const grossAmount = z
  .unknown()
  .refine(isExactNumber, {
    error: ({ input }) => `"grossAmount" ${input === undefined ? 'is missing' : 'must be a number'}`,
  })
  .meta({
    type: 'number',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1e12,
    description: 'In major units; it is read exactly, and may have as many decimals as the currency',
    examples: [120.5],
  })

const currency = z
  .string()
  .refine((code) => findCurrency(code) !== undefined, {
    error: '"currency" must be a code of ISO 4217 in capitals, such as USD',
  })
  .meta({ enum: currencyCodes, description: 'ISO 4217', examples: ['USD'] })

/** What a client sends to have a commission calculated, its numbers as ExactNumber. */
export const calculateRequest = exactBody(
  z.strictObject({
    conversionId: id('conversionId', '7c9e6679-7425-40de-944b-e07fc1f90ae7').meta({
      description: 'Names the conversion: sent again, it has the commission that it had',
    }),
    affiliateId: id('affiliateId', 'aff-1'),
    campaignId: id('campaignId', 'cmp-1'),
    grossAmount,
    currency,
  }),
).transform(toConversion)

interface Requested {
  readonly conversionId: string
  readonly affiliateId: string
  readonly campaignId: string
  readonly grossAmount: unknown
  readonly currency: string
}

function toConversion(
  { grossAmount, currency: code, ...ids }: Requested,
  context: z.RefinementCtx,
): Conversion {
  const found = findCurrency(code)
  if (!found || !isExactNumber(grossAmount)) throw new Error('The schema lets nothing else through')
  const gross = parseMoney(grossAmount.rawJSON, found)
  if (typeof gross !== 'string') return { ...ids, gross }
  context.addIssue(`"grossAmount" ${amountRules(found.code, found.exponent)[gross]}`)
  return z.NEVER
}

function amountRules(code: string, exponent: number): Record<MoneyProblem, string> {
  return {
    notANumber: 'must be a number of at most 64 characters',
    notPositive: 'must be above 0',
    tooLarge: 'must be below 1000000000000',
    tooPrecise: `has more decimals than ${code}, which has ${exponent}`,
  }
}

/** What a client sends to approve a commission. */
export const approveRequest = z.strictObject({ commissionId: z.uuid() })

export const conversionParams = z.object({ conversionId: id('conversionId', 'c-1') })
