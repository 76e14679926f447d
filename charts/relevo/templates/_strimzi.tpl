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

{{- /* What a template of Strimzi's says of a pod beside its own: where it runs, and its labels and annotations. Takes as relevo.strimziPlacement. */ -}}
{{- define "relevo.strimziPod" -}}
{{- with include "relevo.strimziPlacement" . }}
{{ . }}
{{- end }}
{{- if or .own.podLabels .own.podAnnotations }}
metadata:
  {{- with .own.podLabels }}
  labels: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .own.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- /* A spec with what the values put over it: maps are merged, all else is replaced. Takes spec (as YAML) and over. */ -}}
{{- define "relevo.merged" -}}
{{- toYaml (mergeOverwrite (fromYaml .spec) (deepCopy .over)) -}}
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
