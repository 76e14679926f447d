import type pg from 'pg'
import { findOldWraps, replaceWrap, type WrappedRow } from '../sql/rewrapKeys.ts'
import type { MasterKeys } from './masterKeys.ts'

const pageSize = 500

/** Encrypts every key with the current master key; the ones before are needed no more once it resolves. */
export async function rewrapKeys(
  pool: pg.Pool,
  masterKeys: MasterKeys,
  signal: AbortSignal,
): Promise<number> {
  let count = 0
  while (!signal.aborted) {
    const rows = await findOldWraps(pool, masterKeys.current, pageSize)
    if (rows.length === 0) break
    for (const row of rows) {
      const purpose = purposeOf(row)
      await replaceWrap(pool, row, masterKeys.wrap(purpose, masterKeys.unwrap(purpose, row)))
    }
    count += rows.length
  }
  return count
}

const prefixes = { personal_key: 'personal:', secret_key: '', signing_key: 'signing:' } as const

function purposeOf({ table, id }: WrappedRow): string {
  return `${prefixes[table]}${id}`
}
