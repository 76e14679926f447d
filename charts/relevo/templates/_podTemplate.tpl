{{- /* The pod template of a service. Takes root, name, component and service. */ -}}
{{- define "relevo.podTemplate" -}}
metadata:
  labels:
    {{- include "relevo.podLabels" . | nindent 4 }}
    {{- with .service.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/config: {{ include "relevo.serviceConfig" . | sha256sum }}
    {{- with include "relevo.secretChecksum" (dict "root" .root "env" (include "relevo.serviceSecretEnv" .) "envFrom" .service.extraEnvFrom) }}
    checksum/secrets: {{ . }}
    {{- end }}
    {{- with .service.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec: {{- include "relevo.podSpec" . | nindent 2 }}
{{- end -}}
