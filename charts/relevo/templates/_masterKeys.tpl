{{- /* The secret with the keys that encrypt the keys of users' personal data: see docs/adr/0018-personal-data.md. */ -}}
{{- define "relevo.masterKeysSecret" -}}
{{ .Values.masterKeys.existingSecret | default (printf "%s-master-keys" (include "relevo.fullname" .)) }}
{{- end -}}

{{- /* Whether a service needs them: those do whose config.ts has the variable. Takes root, name and service. */ -}}
{{- define "relevo.hasMasterKeys" -}}
{{- $known := get .root.Values.madeVariables (include "relevo.program" .) -}}
{{- if has "USERS_MASTER_KEYS_FILE" ($known | default list) -}}true{{- end -}}
{{- end -}}

{{- /* Whether any service that is installed needs them. */ -}}
{{- define "relevo.wantsMasterKeys" -}}
{{- range $name, $service := (include "relevo.services" . | fromJson).items -}}
{{- include "relevo.hasMasterKeys" (dict "root" $ "name" $name "service" $service) -}}
{{- end -}}
{{- end -}}

{{- define "relevo.masterKeysVolume" -}}
{{- if include "relevo.hasMasterKeys" . }}
- name: master-keys
  secret:
    secretName: {{ include "relevo.masterKeysSecret" .root }}
    defaultMode: 0440
    items: [{ key: {{ .root.Values.masterKeys.key }}, path: keys }]
{{- end }}
{{- end -}}

{{- define "relevo.masterKeysMount" -}}
{{- if include "relevo.hasMasterKeys" . }}
- { name: master-keys, mountPath: /etc/relevo/master, readOnly: true }
{{- end }}
{{- end -}}

{{- /* The variable that names the base URL of a service, as USERS_URL, and that URL. */ -}}
{{- define "relevo.urlVariable" -}}
{{ printf "%s_URL" (. | upper | replace "-" "_") }}
{{- end -}}

{{- define "relevo.serviceUrl" -}}
{{- $service := get (include "relevo.services" .root | fromJson).items .name -}}
{{- $scheme := include "relevo.scheme" (dict "root" .root "name" .name "service" $service) -}}
{{ printf "%s://%s-%s:%d" $scheme (include "relevo.fullname" .root) .name (int64 $service.port) }}
{{- end -}}
