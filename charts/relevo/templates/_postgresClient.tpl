{{- /*
How a pod gets at its database. Takes root, database and role. With CloudNativePG there is no password anywhere: the operator
issues a certificate to each role, renews it, and the client reads it anew for each connection.
*/ -}}
{{- define "relevo.postgresConfig" -}}
{{- if .root.Values.postgres.enabled }}
{{- $files := "/etc/relevo/postgres" }}
DATABASE_URL: {{ printf "postgresql://%s@%s-rw:5432/%s?sslmode=verify-full&sslrootcert=%s/ca.crt&sslcert=%s/tls.crt&sslkey=%s/tls.key"
  (include "relevo.roleName" .) (include "relevo.postgresName" .root) .database $files $files $files | quote }}
{{- end }}
{{- end -}}

{{- define "relevo.postgresSecretEnv" -}}
{{- if not .root.Values.postgres.enabled }}
{{- $external := dig .database "external" (dict "keys" dict) (include "relevo.databases" .root | fromYaml) }}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ $external.existingSecret }}, key: {{ get $external.keys .role }} } }
{{- end }}
{{- end -}}

{{- define "relevo.postgresVolume" -}}
{{- $caSecret := .root.Values.postgres.external.caSecret -}}
{{- if .root.Values.postgres.enabled }}
- name: postgres
  projected:
    defaultMode: 0440
    sources:
      - secret: { name: {{ include "relevo.postgresName" .root }}-ca, items: [{ key: ca.crt, path: ca.crt }] }
      - secret: { name: {{ include "relevo.roleResourceName" . }}-client-cert, items: [{ key: tls.crt, path: tls.crt }, { key: tls.key, path: tls.key }] }
{{- else if $caSecret.name }}
- name: postgres
  secret: { secretName: {{ $caSecret.name }}, defaultMode: 0440, items: [{ key: {{ $caSecret.key }}, path: ca.crt }] }
{{- end }}
{{- end -}}

{{- define "relevo.postgresMount" -}}
{{- if or .root.Values.postgres.enabled .root.Values.postgres.external.caSecret.name }}
- { name: postgres, mountPath: /etc/relevo/postgres, readOnly: true }
{{- end }}
{{- end -}}
