import { query, type SqlClient } from '../sqlClient.ts'

const statement = {
  name: 'relevo_record_canaries',
  text: 'select outbox.record_canaries($1::smallint[], $2)',
}

/** Records a canary in each of these shards, in one transaction. Errors: pg's. */
export async function recordCanaries(
  client: SqlClient,
  shards: readonly number[],
  outbox: string,
): Promise<void> {
  await query(client, statement, [shards, outbox])
}
