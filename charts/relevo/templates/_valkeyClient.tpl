{{- define "relevo.valkeyName" -}}
{{ include "relevo.fullname" . }}-valkey
{{- end -}}

{{- /*
The password of the chart's own Valkey, in base64: made once, and kept by upgrades. All templates have the same one, since a pod's
checksum is of it.
*/ -}}
{{- define "relevo.valkeyPassword" -}}
{{- if not (hasKey .Values "madeValkeyPassword") -}}
{{- $live := lookup "v1" "Secret" .Release.Namespace (include "relevo.valkeyName" .) -}}
{{- $_ := set .Values "madeValkeyPassword" (dig "data" "password" (randAlphaNum 40 | b64enc) $live) -}}
{{- end -}}
{{- get .Values "madeValkeyPassword" -}}
{{- end -}}

{{- /* Whether a service has a cache. Takes root and service. */ -}}
{{- define "relevo.hasCache" -}}
{{- $valkey := .root.Values.valkey -}}
{{- if and .service.cache (or $valkey.enabled $valkey.external.existingSecret) -}}true{{- end -}}
{{- end -}}

{{- /* The components that have a cache, as YAML. */ -}}
{{- define "relevo.valkeyClients" -}}
{{- $clients := list -}}
{{- range $name, $service := (include "relevo.services" . | fromJson).items -}}
{{- if include "relevo.hasCache" (dict "root" $ "service" $service) -}}
{{- $clients = append $clients $name -}}
{{- end -}}
{{- end -}}
{{- toYaml $clients -}}
{{- end -}}

{{- /* Where a service finds its cache. Takes root and service. */ -}}
{{- define "relevo.valkeySecretEnv" -}}
{{- if include "relevo.hasCache" . }}
{{- if .root.Values.valkey.enabled }}
- name: VALKEY_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ include "relevo.valkeyName" .root }}, key: password } }
- { name: REDIS_URL, value: "redis://:$(VALKEY_PASSWORD)@{{ include "relevo.valkeyName" .root }}:6379" }
{{- else }}
{{- $external := .root.Values.valkey.external }}
- name: REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ $external.existingSecret }}, key: {{ $external.key }} } }
{{- end }}
{{- end }}
{{- end -}}

{{- /* The way out to the cache; where it is elsewhere, only its port is known. */ -}}
{{- define "relevo.valkeyEgress" -}}
{{- if .Values.valkey.enabled -}}
- ports: [{ port: 6379, protocol: TCP }]
  to:
    {{- include "relevo.componentPeer" (dict "root" . "components" (list "valkey")) | nindent 4 }}
{{- else -}}
- ports: [{ port: {{ .Values.valkey.external.port | int64 }}, protocol: TCP }]
{{- end -}}
{{- end -}}
