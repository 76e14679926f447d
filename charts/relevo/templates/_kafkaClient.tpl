{{- define "relevo.kafkaBootstrap" -}}
{{- if .Values.kafka.enabled -}}
{{ include "relevo.kafkaName" . }}-kafka-bootstrap:9093
{{- else -}}
{{ .Values.kafka.external.bootstrapServers }}
{{- end -}}
{{- end -}}

{{- define "relevo.kafkaCaSecret" -}}
{{- if .Values.kafka.enabled -}}
{{ include "relevo.kafkaName" . }}-cluster-ca-cert
{{- else -}}
{{ .Values.kafka.external.caSecret.name }}
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
{{- if include "relevo.kafkaCaSecret" .root }}
KAFKA_TLS_CA_FILE: /etc/relevo/kafka/ca.crt
{{- end }}
{{- end -}}

{{- /* Variables of a Kafka client that come from secrets. Takes root, component and secret (of an existing Kafka, or empty). */ -}}
{{- define "relevo.kafkaSecretEnv" -}}
{{- $sasl := .root.Values.kafka.external.sasl -}}
{{- if .root.Values.kafka.enabled }}
- name: KAFKA_SASL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ include "relevo.fullname" .root }}-{{ .component }}, key: password } }
{{- else if $sasl.mechanism }}
{{- $secret := .secret | default $sasl.existingSecret }}
- name: KAFKA_SASL_USERNAME
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $sasl.usernameKey }} } }
- name: KAFKA_SASL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $sasl.passwordKey }} } }
{{- end }}
{{- end -}}

{{- define "relevo.kafkaVolume" -}}
{{- with include "relevo.kafkaCaSecret" . }}
- name: kafka
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items: [{ key: {{ ternary "ca.crt" $.Values.kafka.external.caSecret.key $.Values.kafka.enabled }}, path: ca.crt }]
{{- end }}
{{- end -}}

{{- define "relevo.kafkaMount" -}}
{{- if include "relevo.kafkaCaSecret" . }}
- { name: kafka, mountPath: /etc/relevo/kafka, readOnly: true }
{{- end }}
{{- end -}}
