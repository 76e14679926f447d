import { query, type SqlClient } from '../sqlClient.ts'

const readSettingSql = `
select shards, system_identifier = (select system_identifier from pg_control_system()) as same_cluster,
  pg_postmaster_start_time()::text as server, kafka_cluster_id
from outbox.setting`

export interface SettingRow {
  readonly shards: number
  readonly same_cluster: boolean
  /** Tells one server from another. */
  readonly server: string
  /** The Kafka cluster that the outbox goes to; null until its first relay has connected. */
  readonly kafka_cluster_id: string | null
}

/** @returns undefined when the table is empty. Errors: pg's, as of all functions here. */
export async function readSetting(client: SqlClient): Promise<SettingRow | undefined> {
  const [row] = await query<SettingRow>(client, { name: 'relevo_setting', text: readSettingSql })
  return row
}

const claimSql = `
update outbox.setting set kafka_cluster_id = coalesce(kafka_cluster_id, $1) returning kafka_cluster_id`

/** Stores the cluster that the outbox goes to, unless one is stored. @returns the one that is stored then. */
export async function claimKafkaCluster(client: SqlClient, clusterId: string): Promise<string> {
  const [row] = await query<{ kafka_cluster_id: string }>(
    client,
    { name: 'relevo_claim_kafka', text: claimSql },
    [clusterId],
  )
  return row?.kafka_cluster_id ?? clusterId
}

const moveSql = `
with moved as (
  update outbox.setting s set kafka_cluster_id = $1
  from (select kafka_cluster_id from outbox.setting) before
  returning before.kafka_cluster_id as before
), fenced as (
  update outbox.stored_cursor p set owner = null, lease_until = null, epoch = p.epoch + 1 returning p.shard
)
select before from moved`

/** Has the outbox go to another Kafka cluster; relays that run lose their shards. @returns the cluster before. */
export async function moveKafkaCluster(client: SqlClient, clusterId: string): Promise<string | null> {
  const [row] = await query<{ before: string | null }>(client, { name: 'relevo_move_kafka', text: moveSql }, [
    clusterId,
  ])
  return row?.before ?? null
}
