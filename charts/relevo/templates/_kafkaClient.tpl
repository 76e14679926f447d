{{- define "relevo.kafkaBootstrap" -}}
{{- if .Values.kafka.enabled -}}
{{ include "relevo.kafkaName" . }}-kafka-bootstrap:9093
{{- else -}}
{{ .Values.kafka.external.bootstrapServers }}
{{- end -}}
{{- end -}}

{{- /* Settings of a Kafka client that are no secrets. Takes root and component, whose KafkaUser it is. */ -}}
{{- define "relevo.kafkaConfig" -}}
{{- $external := .root.Values.kafka.external -}}
KAFKA_BROKERS: {{ include "relevo.kafkaBootstrap" .root | quote }}
KAFKA_CLIENT_ID: {{ printf "%s-%s" (include "relevo.fullname" .root) .component | quote }}
{{- if .root.Values.kafka.enabled }}
KAFKA_SASL_MECHANISM: scram-sha-512
KAFKA_SASL_USERNAME: {{ include "relevo.fullname" .root }}-{{ .component }}
{{- else }}
{{- if $external.tls }}
KAFKA_TLS: "true"
{{- end }}
{{- with $external.sasl.mechanism }}
KAFKA_SASL_MECHANISM: {{ . }}
{{- end }}
{{- end }}
{{- $variables := dict "ca.crt" "KAFKA_TLS_CA_FILE" "password" "KAFKA_SASL_PASSWORD_FILE" }}
{{- range $path, $_ := include "relevo.kafkaFiles" (merge (dict "secret" "") .) | fromYaml }}
{{ get $variables $path }}: /etc/relevo/kafka/{{ $path }}
{{- end }}
{{- end -}}

{{- /* Variables of a Kafka client that come from secrets and do not change. Takes root and secret (of an existing Kafka, or empty). */ -}}
{{- define "relevo.kafkaSecretEnv" -}}
{{- $sasl := .root.Values.kafka.external.sasl -}}
{{- if and (not .root.Values.kafka.enabled) $sasl.mechanism }}
- name: KAFKA_SASL_USERNAME
  valueFrom: { secretKeyRef: { name: {{ .secret | default $sasl.existingSecret }}, key: {{ $sasl.usernameKey }} } }
{{- end }}
{{- end -}}

{{- /*
The files of a Kafka client, as YAML: {path: {secret, key}}. Kubernetes renews them in a running pod, and the client reads them for each
connection. Takes root, component and secret (of an existing Kafka, or empty).
*/ -}}
{{- define "relevo.kafkaFiles" -}}
{{- $external := .root.Values.kafka.external -}}
{{- if .root.Values.kafka.enabled -}}
ca.crt: { secret: {{ include "relevo.kafkaName" .root }}-cluster-ca-cert, key: ca.crt }
password: { secret: {{ include "relevo.fullname" .root }}-{{ .component }}, key: password }
{{- else -}}
{{- with $external.caSecret.name -}}
ca.crt: { secret: {{ . }}, key: {{ $external.caSecret.key }} }
{{- end }}
{{- if $external.sasl.mechanism }}
password: { secret: {{ .secret | default $external.sasl.existingSecret }}, key: {{ $external.sasl.passwordKey }} }
{{- end }}
{{- end }}
{{- end -}}

{{- define "relevo.kafkaVolume" -}}
{{- with include "relevo.kafkaFiles" . | fromYaml }}
- name: kafka
  projected:
    defaultMode: 0440
    sources:
      {{- range $path, $file := . }}
      - secret: { name: {{ $file.secret }}, items: [{ key: {{ $file.key }}, path: {{ $path }} }] }
      {{- end }}
{{- end }}
{{- end -}}

{{- define "relevo.kafkaMount" -}}
{{- if include "relevo.kafkaFiles" . | fromYaml }}
- { name: kafka, mountPath: /etc/relevo/kafka, readOnly: true }
{{- end }}
{{- end -}}
