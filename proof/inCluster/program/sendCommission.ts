import type { LedgerLine } from '../../ledgerLine.ts'
import { type Answer, failureOf, postJson, refusalOf } from './postJson.ts'

/** What is known of one of a commission's two events. */
interface StepOutcome {
  line: LedgerLine
  commissionId?: string
}

/** Has the commission of a conversion calculated and, if that was answered, approved. */
export async function sendCommission(baseUrl: string, conversionId: string): Promise<LedgerLine[]> {
  const conversion = { conversionId, affiliateId: 'drill', campaignId: 'drill' }
  const calculation = { ...conversion, grossAmount: 120.5, currency: 'USD' }
  const calculated = await take(baseUrl, 'calculate', calculation, `${conversionId}:calculated`)
  const { commissionId } = calculated
  if (commissionId === undefined) return [calculated.line]
  const approved = await take(baseUrl, 'approve', { commissionId }, `${conversionId}:approved`)
  return [calculated.line, approved.line]
}

async function take(baseUrl: string, step: string, body: object, content: string): Promise<StepOutcome> {
  try {
    return outcomeOf(content, await postJson(new URL(`/commissions/${step}`, baseUrl), body))
  } catch (error) {
    return { line: { content, ...failureOf(error) } }
  }
}

/** What an answer tells of the event with this content. */
export function outcomeOf(content: string, { status, body }: Answer): StepOutcome {
  const refusal = refusalOf(status, [200, 201])
  if (refusal) return { line: { content, ...refusal } }
  const commissionId = body?.commissionId
  if (typeof commissionId === 'string') return { line: { outcome: 'ack', content }, commissionId }
  return { line: { outcome: 'unknown', content, why: 'an answer that is none' } }
}
