{{- define "relevo.postgresSpec" -}}
{{- $postgres := .Values.postgres -}}
instances: {{ $postgres.instances }}
imageName: {{ $postgres.image }}
# With one instance there is nowhere to go: a budget would hold up each drain for ever.
enablePDB: {{ gt (int $postgres.instances) 1 }}
inheritedMetadata:
  labels:
    app.kubernetes.io/instance: {{ .Release.Name }}
    app.kubernetes.io/component: postgres
    {{- with $postgres.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $postgres.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- include "relevo.postgresBackup" . }}
bootstrap:
  {{- if $postgres.recovery.enabled }}
  recovery: {{- include "relevo.postgresRecovery" . | nindent 4 }}
  {{- else }}
  initdb:
    dataChecksums: true
    # What the resources Database and DatabaseRole say as well. The operator carries those out in any order and
    # tries again every 30 s, which made a database usable after 110 s. Of no effect once the cluster is there.
    postInitSQL:
      {{- $walDatabases := include "relevo.walDatabases" . | fromJsonArray }}
      {{- range $database, $settings := include "relevo.databases" $ | fromJson }}
      {{- $owner := include "relevo.roleName" (dict "database" $database "role" "owner") }}
      {{- $relay := include "relevo.roleName" (dict "database" $database "role" "relay") }}
      - create role {{ include "relevo.roleName" (dict "database" $database "role" "app") }} login
      - create role {{ $relay }} login{{ if has $database $walDatabases }} replication{{ end }}
      - create role {{ $owner }} login in role {{ $relay }}
      - create database {{ $database }} owner {{ $owner }}
      {{- end }}
  {{- end }}
postgresql:
  {{- with $postgres.parameters }}
  parameters: {{- toYaml . | nindent 4 }}
  {{- end }}
  # Our roles log in by certificate, and over TLS only; the operator's own rules come before these. A connection for
  # logical replication is one to its database, so a relay needs no further rule.
  pg_hba:
    {{- range $database, $settings := include "relevo.databases" $ | fromJson }}
    {{- range list "owner" "app" "relay" }}
    - hostssl {{ $database }} {{ include "relevo.roleName" (dict "database" $database "role" .) }} all cert
    {{- end }}
    {{- end }}
  {{- with $postgres.synchronousReplicas }}
  # failoverQuorum: no replica is promoted that may lack an acknowledged transaction.
  synchronous: { method: any, number: {{ . }}, dataDurability: required, failoverQuorum: true }
  {{- end }}
# With replicas, logical slots follow a failover; the relays make theirs so that they can. Without, the operator would still
# name a slot of its own in synchronized_standby_slots for a moment, and a relay's stream would wait for it.
{{- $isReplicated := gt (int $postgres.instances) 1 }}
replicationSlots: { highAvailability: { enabled: {{ $isReplicated }}, synchronizeLogicalDecoding: {{ $isReplicated }} } }
primaryUpdateMethod: {{ ternary "switchover" "restart" (gt (int $postgres.instances) 1) }}
# The services reconnect by themselves, so there is no point in waiting for them to leave a primary that goes.
smartShutdownTimeout: 2
stopDelay: 60
affinity: {{- include "relevo.postgresAffinity" (dict "root" .) | nindent 2 }}
{{- with $postgres.topologySpread }}
{{- $labels := printf "cnpg.io/cluster: %s\ncnpg.io/podRole: instance" (include "relevo.postgresName" $) }}
topologySpreadConstraints: {{- include "relevo.topologySpread" (dict "constraints" . "labels" $labels) | nindent 2 }}
{{- end }}
{{- with include "relevo.dataPriority" . }}
priorityClassName: {{ . }}
{{- end }}
resources: {{- toYaml $postgres.resources | nindent 2 }}
storage:
  size: {{ $postgres.storage.size }}
  {{- with $postgres.storage.class }}
  storageClass: {{ . }}
  {{- end }}
{{- end -}}
