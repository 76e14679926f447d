import type { Queryable } from '@relevo/outbox'

/** For each of the streams $2 and versions $3: its progress in the subscription $1. */
const selectProgress = `
select w.position::text, case
  when e.seq is null then 'absent'
  when b.next_version <= w.version then 'blocked'
  when event_store.is_passed(c, e.xid, e.seq) then 'applied'
  else 'behind'
end as progress
from unnest($2::text[], $3::bigint[]) with ordinality as w (stream, version, position)
left join event_store.event e on e.stream = w.stream and e.version = w.version
left join event_store.blocked_stream b on b.subscription = $1 and b.stream = w.stream
left join event_store.checkpoint($1) c on true`

/** absent: not committed. behind: not applied yet. blocked: it waits behind an event that cannot be applied. */
export type Progress = 'absent' | 'behind' | 'blocked' | 'applied'

/** The progress of events in a subscription, in the order given. Errors: the client's. */
export async function readProgress(
  client: Queryable,
  subscription: string,
  events: readonly { readonly stream: string; readonly version: number }[],
): Promise<Progress[]> {
  const streams = events.map(({ stream }) => stream)
  const { rows } = await client.query(selectProgress, [
    subscription,
    streams,
    events.map(({ version }) => version),
  ])
  const found = new Map(rows.map((row): [number, Progress] => [Number(row.position), row.progress]))
  return events.map((_, index) => found.get(index + 1) ?? 'absent')
}
