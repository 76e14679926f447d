export const readSetting = {
  name: 'relevo_setting',
  text: `
select shards, system_identifier = (select system_identifier from pg_control_system()) as same_cluster,
  pg_postmaster_start_time()::text as server
from outbox.setting`,
}

export interface SettingRow {
  shards: number
  same_cluster: boolean
  /** Tells one server from another. */
  server: string
}
