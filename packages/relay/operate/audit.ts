import { type AuditRow, auditShards, readOldestUncounted, rememberCounts } from '../sql/auditShards.ts'
import type { SqlClient } from '../sqlClient.ts'

export interface ShardAudit {
  shard: number
  /** Events that the cursor has passed, counted in the table. */
  recorded: number
  /** Events counted when Kafka acknowledged them. */
  acknowledged: number
  /** Events that went to the quarantine and have not been acknowledged since. */
  quarantined: number
  /** recorded - acknowledged - quarantined: 0 unless something is wrong. */
  difference: number
}

/** Events that may be counted again in each audit; more than these are counted once and the count is stored. */
const mostOpen = 100_000

/**
 * Compares, for each shard, the events that its cursor has passed with those counted on their way. It counts rows
 * independently of the relay's windows, so it notices a row that no window ever showed.
 * @param open how many events may be counted again in each audit, before their count is stored.
 */
export async function audit(client: SqlClient, open = mostOpen): Promise<ShardAudit[]> {
  const oldest = await readOldestUncounted(client)
  const rows = await auditShards(client, oldest)
  if (rows.reduce((sum, row) => sum + Number(row.open), 0) > open) await rememberCounts(client, oldest)
  return rows.map(toShardAudit)
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
