export const readSetting = {
  name: 'relevo_setting',
  text: `
select shards, system_identifier = (select system_identifier from pg_control_system()) as same_cluster
from outbox.setting`,
}

export interface SettingRow {
  shards: number
  same_cluster: boolean
}
