import { query, type SqlClient } from '../sqlClient.ts'

/** What publication $1 publishes of outbox.event; no row when there is no such publication. */
const text = `
select p.pubinsert as inserts, p.pubviaroot as via_root, t.attnames::text[] as columns, t.rowfilter as row_filter
from pg_publication p
left join pg_publication_tables t on t.pubname = p.pubname and t.schemaname = 'outbox' and t.tablename = 'event'
where p.pubname = $1`

export interface PublicationRow {
  inserts: boolean
  via_root: boolean
  /** Null when the table is not in the publication. */
  columns: string[] | null
  row_filter: string | null
}

export async function readPublication(
  client: SqlClient,
  publication: string,
): Promise<PublicationRow | undefined> {
  const [row] = await query<PublicationRow>(client, { name: 'relevo_publication', text }, [publication])
  return row
}
