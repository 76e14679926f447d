import type { SqlClient } from './sqlClient.ts'

const writeSql = `
insert into board (at, data) values ($1, $2) on conflict (singleton) do update set at = excluded.at, data = excluded.data`

/** Shows the last look to every process. */
export async function writeBoard(client: SqlClient, at: Date, data: object): Promise<void> {
  await client.query({ name: 'write_board', text: writeSql, values: [at, JSON.stringify(data)] })
}

const readSql = 'select data from board'

/** The last look; undefined before the first. */
export async function readBoard(client: SqlClient): Promise<object | undefined> {
  return (await client.query<{ data: object }>({ name: 'read_board', text: readSql })).rows[0]?.data
}
