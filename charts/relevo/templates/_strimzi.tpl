{{- /* `orders-*` means everything that begins with `orders-`; `*` alone means everything. */ -}}
{{- define "relevo.aclResource" -}}
{{- if and (hasSuffix "*" .name) (ne .name "*") -}}
{ type: {{ .type }}, name: {{ trimSuffix "*" .name | quote }}, patternType: prefix }
{{- else -}}
{ type: {{ .type }}, name: {{ .name | quote }}, patternType: literal }
{{- end -}}
{{- end -}}

{{- /* The restricted Pod Security Standard for the containers that an operator runs; whether their root is read-only is its business. */ -}}
{{- define "relevo.operandSecurityContext" -}}
allowPrivilegeEscalation: false
runAsNonRoot: true
seccompProfile: { type: RuntimeDefault }
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* The name of a KafkaTopic. Takes root and topic. */ -}}
{{- define "relevo.topicResourceName" -}}
{{ include "relevo.kafkaName" .root }}-{{ .topic | replace "_" "-" | lower }}
{{- end -}}

{{- /*
One of the two entity operators. A JVM that starts on a busy node takes longer than the 40 s after which Strimzi's own probes have it
killed, and then starts again: it answers within 2 minutes, or is stuck.
*/ -}}
{{- define "relevo.entityOperator" -}}
resources: {{- toYaml .Values.kafka.entityOperator.resources | nindent 2 }}
livenessProbe: { initialDelaySeconds: 60, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 }
readinessProbe: { initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 3 }
{{- end -}}
