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
