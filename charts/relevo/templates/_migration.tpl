{{- /* What a migration does. Takes root, component, database and settings. */ -}}
{{- define "relevo.migrationJob" -}}
backoffLimit: {{ .root.Values.migrations.backoffLimit }}
{{- if not (kindIs "invalid" .root.Values.migrations.ttlSecondsAfterFinished) }}
ttlSecondsAfterFinished: {{ .root.Values.migrations.ttlSecondsAfterFinished | int64 }}
{{- end }}
template:
  metadata: {{- include "relevo.extraPodMetadata" (merge (dict "own" .root.Values.migrations) .) | nindent 4 }}
  spec: {{- include "relevo.migrationPod" . | nindent 4 }}
{{- end -}}

{{- define "relevo.migrationPod" -}}
{{- $owner := dict "root" .root "database" .database "role" "owner" -}}
{{- $client := dict "root" .root "databases" (list (dict "name" .database "role" "owner")) -}}
{{- $kafka := include "relevo.createsTopics" .root -}}
{{- $secretEnv := include "relevo.postgresSecretEnv" $owner -}}
{{- $volumes := printf "%s%s" (include "relevo.tmpVolume" .) (include "relevo.postgresVolume" $client) -}}
{{- $mounts := include "relevo.postgresMount" $client -}}
{{- if $kafka -}}
{{- $client := dict "root" .root "component" .component "secret" "" -}}
{{- $secretEnv = printf "%s%s" $secretEnv (include "relevo.kafkaSecretEnv" $client) -}}
{{- $volumes = printf "%s%s" $volumes (include "relevo.kafkaVolume" $client) -}}
{{- $mounts = printf "%s%s" $mounts (include "relevo.kafkaMount" $client) -}}
{{- end -}}
restartPolicy: OnFailure
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext: {{- include "relevo.podSecurityContext" . | nindent 2 }}
{{- with include "relevo.placement" (dict "root" .root "own" .root.Values.migrations) }}
{{ . }}
{{- end }}
containers:
  - name: migrate
    image: {{ include "relevo.image" .root }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: {{- toYaml .settings.migrate.command | nindent 6 }}
    env:
      {{- range $name, $value := (include "relevo.migrationConfig" . | fromYaml) }}
      - { name: {{ $name }}, value: {{ $value | quote }} }
      {{- end }}
      {{- with $secretEnv | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with .root.Values.migrations.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources: {{- toYaml .root.Values.migrations.resources | nindent 6 }}
    securityContext: {{- include "relevo.securityContext" . | nindent 6 }}
    volumeMounts:
      - { name: tmp, mountPath: /tmp }
      {{- with $mounts | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with .root.Values.migrations.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  {{- $volumes | nindent 2 }}
  {{- with .root.Values.migrations.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* Topics of Strimzi are resources; those of an existing Kafka are made by the migration. */ -}}
{{- define "relevo.createsTopics" -}}
{{- if and (not .Values.kafka.enabled) .Values.kafka.external.createTopics -}}true{{- end -}}
{{- end -}}

{{- define "relevo.migrationConfig" -}}
{{- $owner := dict "root" .root "database" .database "role" "owner" -}}
MIGRATE_TIMEOUT_MS: {{ mul .root.Values.migrations.waitSeconds 1000 | quote }}
{{- include "relevo.postgresConfig" $owner }}
{{- range $role := list "app" "relay" }}
{{- $name := ternary (include "relevo.roleName" (dict "database" $.database "role" $role)) (index $.settings.external.roles $role) $.root.Values.postgres.enabled }}
{{- with $name }}
DATABASE_{{ upper $role }}_ROLE: {{ . }}
{{- end }}
{{- end }}
{{- if include "relevo.createsTopics" .root }}
{{ include "relevo.kafkaConfig" . }}
{{- else }}
KAFKA_BROKERS: {{ include "relevo.kafkaBootstrap" .root | quote }}
CREATE_TOPICS: "false"
{{- end }}
{{- end -}}
