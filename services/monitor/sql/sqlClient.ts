import type { QueryConfig, QueryResult, QueryResultRow } from 'pg'

/** A pool, a connection, or the transaction of an inbox. */
export interface SqlClient {
  query<Row extends QueryResultRow>(text: string | QueryConfig, values?: unknown[]): Promise<QueryResult<Row>>
}
