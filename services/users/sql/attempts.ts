import type { Queryable } from '@relevo/outbox'

export interface AttemptLimit {
  /** A keyed hash. */
  readonly subject: Buffer
  readonly most: number
}

const count = `
insert into attempt as a (subject, count, until)
select unnest($1::bytea[]), 1, now() + $2 * interval '1 millisecond'
on conflict (subject) do update set
  count = case when a.until <= now() then 1 else a.count + 1 end,
  until = case when a.until <= now() then excluded.until else a.until end
returning subject, count, ceil(extract(epoch from until - now()))::int as seconds`

/** Counts an attempt of each subject; the seconds until the next one is allowed, undefined when this one is. */
export async function countAttempt(
  client: Queryable,
  limits: readonly AttemptLimit[],
  windowMs: number,
): Promise<number | undefined> {
  // Sorted, so that two that count the same subjects do not wait for each other.
  const subjects = limits.map(({ subject }) => subject).sort(Buffer.compare)
  const { rows } = await client.query(count, [subjects, windowMs])
  const counted = rows as unknown as { subject: Buffer; count: number; seconds: number }[]
  const over = counted.filter((row) =>
    limits.some((each) => each.subject.equals(row.subject) && row.count > each.most),
  )
  return over.length === 0 ? undefined : Math.max(1, ...over.map(({ seconds }) => seconds))
}

export async function forgetAttempts(client: Queryable, subject: Buffer): Promise<void> {
  await client.query('delete from attempt where subject = $1', [subject])
}
