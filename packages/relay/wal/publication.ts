import { RelayError } from '../relayError.ts'
import { type PublicationRow, readPublication } from '../sql/readPublication.ts'
import type { SqlClient } from '../sqlClient.ts'

/** Made by the outbox's migration. */
export const publication = 'relevo_outbox'

/** The columns that a stream must show: in the order of EventRow, before its `bytes`; `xid` last. */
export const eventColumns = [
  'id',
  'shard',
  'event_id',
  'topic',
  'key',
  'partition_key',
  'type',
  'headers',
  'payload',
  'created_at',
  'xid',
] as const

/** What a stream of this publication would omit; undefined if it shows every event completely. */
export function findOmission(row: PublicationRow | undefined): string | undefined {
  if (row === undefined) return 'it does not exist'
  if (!row.inserts) return 'it does not publish inserts'
  if (!row.via_root) return 'publish_via_partition_root is off'
  const { columns } = row
  if (columns === null) return 'it does not contain outbox.event'
  if (row.row_filter !== null) return `it publishes only rows where ${row.row_filter}`
  const missing = eventColumns.filter((column) => !columns.includes(column))
  return missing.length > 0 ? `it leaves out the columns ${missing.join(', ')}` : undefined
}

/** Why a stream cannot show every event of the outbox, if it cannot. Errors: pg's. */
export async function checkPublication(client: SqlClient): Promise<RelayError | undefined> {
  const omission = findOmission(await readPublication(client, publication))
  return omission === undefined ? undefined : publicationChanged(omission)
}

export function publicationChanged(omission: string): RelayError {
  return new RelayError(
    'publicationChanged',
    `The publication ${publication} does not show every event: ${omission}. The table is read. To read the log again: ` +
      `drop publication if exists ${publication}; create publication ${publication} for table outbox.event ` +
      `with (publish = 'insert', publish_via_partition_root = true)`,
  )
}
