{{- /* The ways out to Postgres and Kafka; where those are elsewhere, only the ports are known. */ -}}
{{- define "relevo.postgresEgress" -}}
{{- if .Values.postgres.enabled -}}
- ports: [{ port: 5432, protocol: TCP }]
  to: [{ podSelector: { matchLabels: { cnpg.io/cluster: {{ include "relevo.postgresName" . }} } } }]
{{- else -}}
- ports: [{ port: {{ .Values.postgres.external.port | int64 }}, protocol: TCP }]
{{- end -}}
{{- end -}}

{{- /* The way out to the receiver of spans, of which only the port is known. */ -}}
{{- define "relevo.tracingEgress" -}}
{{- with .Values.tracing.endpoint -}}
{{- $url := urlParse . -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https")) -}}
- ports: [{ port: {{ $port }}, protocol: TCP }]
{{- end -}}
{{- end -}}

{{- define "relevo.kafkaEgress" -}}
{{- if .Values.kafka.enabled -}}
- ports: [{ port: 9093, protocol: TCP }]
  to: [{ podSelector: { matchLabels: { strimzi.io/cluster: {{ include "relevo.kafkaName" . }}, strimzi.io/broker-role: "true" } } }]
{{- else -}}
{{- $ports := list -}}
{{- range splitList "," .Values.kafka.external.bootstrapServers -}}
{{- $ports = append $ports (regexFind "[0-9]+$" (trim .)) -}}
{{- end -}}
- ports:
    {{- range $ports | uniq }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end -}}
{{- end -}}
