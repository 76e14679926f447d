import type { SqlClient } from '@relevo/kit'
import { type OrderRow, orderColumns } from './orderRow.ts'

const findSql = `select ${orderColumns} from orders where id = $1`

const versionsSql = 'select id, version from orders where id = any($1::uuid[])'

/** Undefined: there is no such order. */
export async function findOrder(client: SqlClient, id: string): Promise<OrderRow | undefined> {
  const { rows } = await client.query<OrderRow>({ name: 'find_order', text: findSql, values: [id] })
  return rows[0]
}

/** The versions of these orders; those that are not there are left out. */
export async function readVersions(client: SqlClient, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await client.query<{ id: string; version: number }>({
    name: 'read_versions',
    text: versionsSql,
    values: [ids],
  })
  return new Map(rows.map(({ id, version }) => [id, version]))
}
