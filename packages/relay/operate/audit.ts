import {
  type AuditRow,
  auditShards,
  countClosedPartitions,
  readOpenSince,
  readUncounted,
} from '../sql/auditShards.ts'
import { partitionStatements } from '../sql/partitions.ts'
import { query, type SqlClient } from '../sqlClient.ts'

export interface ShardAudit {
  shard: number
  /** Events behind the cursor, counted in the table. */
  recorded: number
  /** Events counted when Kafka acknowledged them. */
  acknowledged: number
  /** Events that went to the quarantine and have not been acknowledged since. */
  quarantined: number
  /** recorded - acknowledged - quarantined: 0 unless something is wrong. */
  difference: number
}

/**
 * Compares, for each shard, the events that its cursor has passed with those counted on their way. It counts rows
 * without the relay's windows, so that a row that no window ever showed is seen. Days that are over are counted
 * once and remembered; the cost is a count of today's and yesterday's events.
 */
export async function audit(client: SqlClient): Promise<ShardAudit[]> {
  await countClosed(client)
  const [open] = await query<{ since: Date }>(client, readOpenSince)
  const rows = await query<AuditRow>(client, auditShards, [open?.since])
  return rows.map(toShardAudit)
}

async function countClosed(client: SqlClient): Promise<void> {
  for (const { name } of await query<{ name: string }>(client, readUncounted)) {
    const { rows } = await client.query(partitionStatements.hasUnpublished(name))
    if (rows[0]?.unpublished) return
    await client.query(countClosedPartitions(name))
  }
}

function toShardAudit(row: AuditRow): ShardAudit {
  const [recorded, acknowledged, quarantined] = [row.recorded, row.acknowledged, row.quarantined].map(Number)
  const counts = { recorded: recorded ?? 0, acknowledged: acknowledged ?? 0, quarantined: quarantined ?? 0 }
  return {
    shard: row.shard,
    ...counts,
    difference: counts.recorded - counts.acknowledged - counts.quarantined,
  }
}
