import type { Queryable } from '@relevo/outbox'
import type { SagaStatus } from '../definition.ts'

const readStatuses = 'select id::text, status from saga.instance where id = any($1::uuid[])'

/** The statuses of these sagas; missing ones are left out. */
export async function readSagaStatuses(
  client: Queryable,
  ids: readonly string[],
): Promise<Map<string, SagaStatus>> {
  const { rows } = await client.query(readStatuses, [ids])
  return new Map(rows.map(({ id, status }): [string, SagaStatus] => [id, status]))
}
