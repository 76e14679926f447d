{{- define "relevo.backupProblems" -}}
{{- $backup := .Values.postgres.backup -}}
{{- $recovery := .Values.postgres.recovery -}}
{{- $problems := list -}}
{{- if and (or $backup.enabled $recovery.enabled) (not .Values.postgres.enabled) -}}
{{- $problems = append $problems (printf "postgres.%s: back up and restore a Postgres that exists by its own means, since postgres.enabled is false" (ternary "backup.enabled" "recovery.enabled" $backup.enabled)) -}}
{{- else -}}
{{- if $backup.enabled -}}
{{- $problems = concat $problems (include "relevo.storeProblems" . | fromYamlArray) -}}
{{- end -}}
{{- if $recovery.enabled -}}
{{- $problems = concat $problems (include "relevo.recoveryProblems" . | fromYamlArray) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- define "relevo.storeProblems" -}}
{{- $backup := .Values.postgres.backup -}}
{{- $store := $backup.objectStore -}}
{{- $problems := list -}}
{{- if and $store.existing $store.configuration -}}
{{- $problems = append $problems "postgres.backup.objectStore: both one that exists (existing) and one to make (configuration) are given; choose one" -}}
{{- end -}}
{{- if and (eq $backup.method "objectStore") (not (include "relevo.objectStore" .)) -}}
{{- $problems = append $problems "postgres.backup.objectStore: name an ObjectStore (existing), or say where it is (configuration)" -}}
{{- end -}}
{{- if and $store.configuration (not (get $store.configuration "destinationPath")) -}}
{{- $problems = append $problems "postgres.backup.objectStore.configuration.destinationPath: say where backups go, as s3://bucket/folder" -}}
{{- end -}}
{{- if hasKey $store.configuration "serverName" -}}
{{- $problems = append $problems "postgres.backup.objectStore.configuration.serverName: an ObjectStore has none; use postgres.backup.objectStore.serverName" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- define "relevo.recoveryProblems" -}}
{{- $recovery := .Values.postgres.recovery -}}
{{- $backup := .Values.postgres.backup -}}
{{- $name := include "relevo.postgresName" . -}}
{{- $problems := list -}}
{{- if not (or $recovery.objectStore $recovery.volumeSnapshot) -}}
{{- $problems = append $problems "postgres.recovery: say what to restore: objectStore, volumeSnapshot, or a volumeSnapshot with the log of an objectStore" -}}
{{- end -}}
{{- if and $recovery.targetTime (not $recovery.objectStore) -}}
{{- $problems = append $problems "postgres.recovery.targetTime: to go on from a snapshot needs the write-ahead log of after it; name the objectStore that has it" -}}
{{- end -}}
{{- if and $recovery.backupId (or $recovery.volumeSnapshot (not $recovery.objectStore)) -}}
{{- $problems = append $problems "postgres.recovery.backupId: names a base backup of an objectStore, and the snapshot is one; leave one of them out" -}}
{{- end -}}
{{- $isSame := and $backup.enabled (eq (include "relevo.objectStore" .) $recovery.objectStore) (eq (include "relevo.backupServer" .) ($recovery.serverName | default $name)) -}}
{{- if and $recovery.objectStore $isSame -}}
{{- $problems = append $problems (printf "postgres.backup.objectStore.serverName: the new Postgres would write its log into the folder that it is restored from, %s, and the plugin refuses that; give it another, for example %s-2" ($recovery.serverName | default $name) $name) -}}
{{- end -}}
{{- $live := lookup "postgresql.cnpg.io/v1" "Cluster" .Release.Namespace $name -}}
{{- if and $live (not (dig "spec" "bootstrap" "recovery" "" $live)) -}}
{{- $problems = append $problems (printf "postgres.recovery.enabled: cluster/%s is there, and a restore makes a new one, so nothing would happen; see docs/runbooks/restore.md for what to do before" $name) -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}
