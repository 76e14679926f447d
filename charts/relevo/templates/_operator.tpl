{{- /* The secret whose token lets an operator act on events: redrive, skip, discard. */ -}}
{{- define "relevo.operatorSecret" -}}
{{ .Values.operatorToken.existingSecret | default (printf "%s-operator" (include "relevo.fullname" .)) }}
{{- end -}}

{{- /* Whether a service asks operators for a token: those do whose config.ts has the variable. Takes root, name and service. */ -}}
{{- define "relevo.hasOperators" -}}
{{- $known := get .root.Values.madeVariables (include "relevo.program" .) -}}
{{- if has "OPERATOR_TOKEN_FILE" ($known | default list) -}}true{{- end -}}
{{- end -}}

{{- /* The folder in services/ that a service runs: by its command, since several may run one. Takes name and service. */ -}}
{{- define "relevo.program" -}}
{{- $main := .service.command | default list | last | default "" -}}
{{- if hasKey .service "source" -}}
relay
{{- else if regexMatch "^services/[^/]+/" $main -}}
{{ regexReplaceAll "^services/([^/]+)/.*$" $main "${1}" }}
{{- else -}}
{{ .name }}
{{- end -}}
{{- end -}}

{{- define "relevo.operatorVolume" -}}
{{- if include "relevo.hasOperators" . }}
- name: operator
  secret:
    secretName: {{ include "relevo.operatorSecret" .root }}
    defaultMode: 0440
    items: [{ key: {{ .root.Values.operatorToken.key }}, path: token }]
{{- end }}
{{- end -}}

{{- define "relevo.operatorMount" -}}
{{- if include "relevo.hasOperators" . }}
- { name: operator, mountPath: /etc/relevo/operator, readOnly: true }
{{- end }}
{{- end -}}
