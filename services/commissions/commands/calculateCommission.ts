import type pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { findByConversion, insertCommission } from '../commissionRepository.ts'
import { type Commission, type Conversion, calculate, isOf } from '../domain/commission.ts'
import type { Percentage } from '../domain/percentage.ts'
import { recordEvent } from '../events.ts'

/** `known`: the conversion had its commission already. `otherConversion`: one of other content has this id. */
export interface Calculated {
  readonly outcome: 'calculated' | 'known' | 'otherConversion'
  readonly commission: Commission
}

/**
 * Calculates the commission of a conversion and records the event, in the caller's transaction. The conversion's id is
 * unique: of requests at the same time one inserts, and the others wait for it and find what it has inserted.
 * @throws OutboxError when the outbox is not there; pg's errors.
 */
export async function calculateCommission(
  client: pg.PoolClient,
  conversion: Conversion,
  percentage: Percentage,
): Promise<Calculated> {
  const event = calculate(conversion, { id: uuidv7(), percentage, now: new Date() })
  if (await insertCommission(client, event.commission)) {
    await recordEvent(client, event)
    return { outcome: 'calculated', commission: event.commission }
  }
  const commission = await findByConversion(client, conversion.conversionId)
  if (!commission) throw new Error('A commission that was in the way is gone; commissions are never deleted')
  return { outcome: isOf(commission, conversion) ? 'known' : 'otherConversion', commission }
}
