import type { Origin } from '@relevo/origin'
import type { Queryable } from '@relevo/outbox'
import { toJson } from '../storable.ts'

/** A reply, with the address that it echoes. */
export interface AddressedReply {
  readonly sagaId: string
  readonly step: string
  readonly attempt: number
  readonly type: string
  readonly data: unknown
  readonly eventId: string
  /** The origin of what follows from it. */
  readonly origin: Origin
}

const isKnownReply = `
select from saga.late_reply
where saga_id = $1::uuid and attempt = $2::integer and saga.digest(step) = saga.digest($3)
  and saga.digest(type) = saga.digest($4)`

/** Returns the saga's name for the tally; null if there is none. */
const keepReply = `
with kept as (
  insert into saga.late_reply (saga_id, step, attempt, type, event_id, treatment, data)
  values ($1::uuid, $2, $3::integer, $4, $5::uuid, $6, $7::json)
  on conflict do nothing returning treatment
)
insert into saga.tally_change (name, what) select coalesce($8, ''), 'late ' || treatment from kept`

/** Was there a late reply of this type to this attempt before? */
export async function isKnown(
  tx: Queryable,
  { sagaId, attempt, step, type }: AddressedReply,
): Promise<boolean> {
  return (await tx.query(isKnownReply, [sagaId, attempt, step, type])).rows.length > 0
}

/** Stores a late reply, and counts it the first time. */
export async function keepLateReply(
  tx: Queryable,
  { sagaId, step, attempt, type, eventId, data }: AddressedReply,
  { treatment, name }: { readonly treatment: string; readonly name: string | null },
): Promise<void> {
  const values = [sagaId, step, attempt, type, eventId, treatment, toJson(data ?? null, 'A late reply'), name]
  await tx.query(keepReply, values)
}
