import type { Transaction } from '../transaction.ts'

/** Records of one partition, from an offset up to another that is not among them. */
export interface Span {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly next: bigint
}

const advanceTakenSql = `
with before as (
  select next_offset from inbox.taken where consumer = $1 and topic = $2 and partition = $3
), advanced as (
  insert into inbox.taken as t (consumer, topic, partition, next_offset) values ($1, $2, $3, $4)
  on conflict (consumer, topic, partition) do update set next_offset = excluded.next_offset
)
select next_offset::text as next from before`

/**
 * Stores the partition's next offset in the transaction that takes the records; returns the previous one, undefined
 * if this database has none.
 */
export async function advanceTaken(
  tx: Transaction,
  consumer: string,
  { topic, partition, next }: Span,
): Promise<bigint | undefined> {
  const { rows } = await tx.query<{ next: string }>({
    name: 'inbox_advance_taken',
    text: advanceTakenSql,
    values: [consumer, topic, partition, String(next)],
  })
  return rows[0] && BigInt(rows[0].next)
}
