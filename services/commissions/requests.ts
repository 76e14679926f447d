import { ServiceError } from '@relevo/kit'
import { z } from 'zod'
import type { Conversion } from './domain/commission.ts'
import { findCurrency } from './domain/currency.ts'
import { type MoneyProblem, parseMoney } from './domain/money.ts'
import { isExactNumber } from './exactJson.ts'

const idForm = /^[A-Za-z0-9][\w.:-]{0,99}$/
const idRule = 'must be 1 to 100 letters, digits, ".", "_", ":" or "-", and begin with a letter or a digit'

function id(name: string, example: string) {
  return z
    .string({ error: ({ input }) => `"${name}" ${input === undefined ? 'is missing' : 'must be a text'}` })
    .regex(idForm, { error: `"${name}" ${idRule}` })
    .meta({ examples: [example] })
}

function objectErrors(issue: { code: string; keys?: string[] }): string {
  if (issue.code !== 'unrecognized_keys') return 'The body must be a JSON object'
  const keys = issue.keys ?? []
  const named = keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, 50).toWellFormed()))
  return `Unknown fields: ${named.join(', ')}${keys.length > 5 ? '…' : ''}`
}

/** What a client sends to have a commission calculated, its numbers as ExactNumber. */
export const calculateRequest = z.strictObject(
  {
    conversionId: id('conversionId', '7c9e6679-7425-40de-944b-e07fc1f90ae7').meta({
      description: 'Names the conversion: sent again, it has the commission that it had',
    }),
    affiliateId: id('affiliateId', 'aff-1'),
    campaignId: id('campaignId', 'cmp-1'),
    grossAmount: z
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
      }),
    currency: z
      .string({ error: ({ input }) => `"currency" ${input === undefined ? 'is missing' : 'must be a text'}` })
      .refine((code) => findCurrency(code) !== undefined, {
        error: '"currency" must be a code of ISO 4217 in capitals, such as USD',
      })
      .meta({ description: 'ISO 4217', examples: ['USD'] }),
  },
  { error: objectErrors },
)

const uuid = z.uuid({
  error: ({ input }) => `"commissionId" ${input === undefined ? 'is missing' : 'must be a UUID'}`,
})

/** What a client sends to approve a commission. */
export const approveRequest = z.strictObject({ commissionId: uuid }, { error: objectErrors })

/** @throws ServiceError `invalidRequest` with every reason. */
export function parseConversion(body: unknown): Conversion {
  const {
    grossAmount,
    currency: code,
    ...ids
  } = parse(
    calculateRequest,
    isExactNumber(body) ? undefined : body, // it is an object, and would be refused as one
  )
  const currency = findCurrency(code)
  if (!currency || !isExactNumber(grossAmount)) throw new Error('The schema lets nothing else through')
  const gross = parseMoney(grossAmount.rawJSON, currency)
  if (typeof gross === 'string')
    throw invalid(`"grossAmount" ${amountRules(currency.code, currency.exponent)[gross]}`)
  return { ...ids, gross }
}

function amountRules(code: string, exponent: number): Record<MoneyProblem, string> {
  return {
    notANumber: 'must be a number of at most 64 characters',
    notPositive: 'must be above 0',
    tooLarge: 'must be below 1000000000000',
    tooPrecise: `has more decimals than ${code}, which has ${exponent}`,
  }
}

/** @throws ServiceError `invalidRequest` with the reason. */
export function parseApproval(body: unknown): string {
  return parse(approveRequest, body).commissionId
}

/** @throws ServiceError `invalidRequest` with the reason. */
export function parseConversionId(text: unknown): string {
  return parse(id('conversionId', ''), text)
}

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues.map(({ message }) => message).join('. '))
}

function invalid(message: string): ServiceError {
  return new ServiceError('invalidRequest', `${message}.`)
}
