import type { SqlClient } from '@relevo/kit'

const noteSql =
  'insert into heard (event_id, type) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing'

/** Notes which events of users have had their effect in this transaction. */
export async function noteHeard(
  client: SqlClient,
  events: readonly { readonly id: string; readonly type: string }[],
): Promise<void> {
  const values = [events.map(({ id }) => id), events.map(({ type }) => type)]
  await client.query({ name: 'note_heard', text: noteSql, values })
}
