{{- /* The plugin of CloudNativePG that keeps base backups and the write-ahead log in an object store. */ -}}
{{- define "relevo.backupPlugin" -}}
barman-cloud.cloudnative-pg.io
{{- end -}}

{{- /* The ObjectStore that backups go to; nothing: there is none. */ -}}
{{- define "relevo.objectStore" -}}
{{- $store := .Values.postgres.backup.objectStore -}}
{{- if $store.existing -}}
{{ $store.existing }}
{{- else if $store.configuration -}}
{{ include "relevo.postgresName" . }}
{{- end -}}
{{- end -}}

{{- /* The folder in the ObjectStore that is this Postgres' own. */ -}}
{{- define "relevo.backupServer" -}}
{{ .Values.postgres.backup.objectStore.serverName | default (include "relevo.postgresName" .) }}
{{- end -}}

{{- /* What of the Cluster's spec is about backups. */ -}}
{{- define "relevo.postgresBackup" -}}
{{- $backup := .Values.postgres.backup -}}
{{- if $backup.enabled }}
{{- with include "relevo.objectStore" . }}
plugins:
  - name: {{ include "relevo.backupPlugin" $ }}
    # The log as well, without which there are only the times of the backups to go back to.
    isWALArchiver: true
    parameters: { barmanObjectName: {{ . }}, serverName: {{ include "relevo.backupServer" $ }} }
{{- end }}
backup:
  target: {{ $backup.target }}
  {{- if eq $backup.method "volumeSnapshot" }}
  volumeSnapshot:
    {{- with $backup.volumeSnapshot.class }}
    className: {{ . }}
    {{- end }}
    # Those of a Postgres that is gone are what it is restored from.
    snapshotOwnerReference: none
  {{- end }}
{{- end }}
{{- with .Values.postgres.recovery }}
{{- if and .enabled .objectStore }}
externalClusters:
  - name: source
    plugin:
      name: {{ include "relevo.backupPlugin" $ }}
      parameters: { barmanObjectName: {{ .objectStore }}, serverName: {{ .serverName | default (include "relevo.postgresName" $) }} }
{{- end }}
{{- end }}
{{- end -}}

{{- /* What a new Postgres begins with, where it is made from a backup. */ -}}
{{- define "relevo.postgresRecovery" -}}
{{- $recovery := .Values.postgres.recovery -}}
{{- $target := dict -}}
{{- with $recovery.targetTime -}}
{{- $_ := set $target "targetTime" . -}}
{{- end -}}
{{- with $recovery.backupId -}}
{{- $_ := set $target "backupID" . -}}
{{- end -}}
{{- $spec := dict -}}
{{- if $recovery.objectStore -}}
{{- $_ := set $spec "source" "source" -}}
{{- end -}}
{{- with $recovery.volumeSnapshot -}}
{{- $_ := set $spec "volumeSnapshots" (dict "storage" (dict "name" . "kind" "VolumeSnapshot" "apiGroup" "snapshot.storage.k8s.io")) -}}
{{- end -}}
{{- with $target -}}
{{- $_ := set $spec "recoveryTarget" . -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end -}}
