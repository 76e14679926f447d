{{- /* Whether a service answers those alone who show a certificate: all but gateways, whose clients are outside. Takes root, name and service. */ -}}
{{- define "relevo.isMutual" -}}
{{- if and .root.Values.mtls.enabled (include "relevo.hasCertificate" .) (not (get .service "gateway")) -}}true{{- end -}}
{{- end -}}

{{- /* Whether a service shows a certificate to others: those do whose config.ts has the variable. Takes root, name and service. */ -}}
{{- define "relevo.hasCertificate" -}}
{{- $known := get .root.Values.madeVariables (include "relevo.program" .) -}}
{{- if and .root.Values.mtls.enabled (has "TLS_CERT_FILE" ($known | default list)) -}}true{{- end -}}
{{- end -}}

{{- /* Takes root, name and service. */ -}}
{{- define "relevo.scheme" -}}
{{ ternary "https" "http" (eq (include "relevo.isMutual" .) "true") }}
{{- end -}}

{{- /* The secret with a component's certificate. Takes root and name. */ -}}
{{- define "relevo.certificateSecret" -}}
{{ .root.Values.mtls.existingSecret | default (printf "%s-%s-mtls" (include "relevo.fullname" .root) .name) }}
{{- end -}}

{{- /* Takes root and name. */ -}}
{{- define "relevo.certificateVolume" -}}
- name: mtls
  secret: { secretName: {{ include "relevo.certificateSecret" . }}, defaultMode: 0440 }
{{- end -}}

{{- define "relevo.certificateMount" -}}
- { name: mtls, mountPath: /etc/relevo/mtls, readOnly: true }
{{- end -}}

{{- define "relevo.certificateConfig" -}}
TLS_CERT_FILE: /etc/relevo/mtls/tls.crt
TLS_KEY_FILE: /etc/relevo/mtls/tls.key
TLS_CA_FILE: /etc/relevo/mtls/ca.crt
{{- end -}}

{{- /* The name of the port that probes and metrics are at. Takes root, name and service. */ -}}
{{- define "relevo.probePort" -}}
{{ ternary "probe" "http" (eq (include "relevo.isMutual" .) "true") }}
{{- end -}}
