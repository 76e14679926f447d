{{- /*
How a pod gets at its databases. With CloudNativePG there is no password anywhere: the operator issues a certificate to each role,
renews it, and the client reads it anew for each connection. Of several databases each has its variables behind a prefix, and its
files in a directory of its own.
*/ -}}
{{- define "relevo.postgresFiles" -}}
/etc/relevo/postgres
{{- end -}}

{{- /* Takes root, database and role, and prefix and directory where there are several. */ -}}
{{- define "relevo.postgresConfig" -}}
{{- $directory := get . "directory" -}}
{{- $files := include "relevo.postgresFiles" . -}}
{{- $own := ternary $files (printf "%s/%s" $files $directory) (empty $directory) -}}
{{- if .root.Values.postgres.enabled }}
{{ get . "prefix" }}DATABASE_URL: {{ printf "postgresql://%s@%s-rw:5432/%s?sslmode=verify-full&sslrootcert=%s/ca.crt&sslcert=%s/tls.crt&sslkey=%s/tls.key"
  (include "relevo.roleName" .) (include "relevo.postgresName" .root) .database $files $own $own | quote }}
{{- else if $directory }}
{{ .prefix }}DATABASE_URL_FILE: {{ $own }}/url
{{- end }}
{{- end -}}

{{- /* Of a single database that exists elsewhere. Takes root, database and role. */ -}}
{{- define "relevo.postgresSecretEnv" -}}
{{- if not .root.Values.postgres.enabled }}
{{- $external := dig .database "external" (dict "keys" dict) (include "relevo.databases" .root | fromJson) }}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ $external.existingSecret }}, key: {{ get $external.keys .role }} } }
{{- end }}
{{- end -}}

{{- /* The secrets whose files a pod needs, as YAML: [{name, items}]. Takes root and databases: [{name, role, directory}]. */ -}}
{{- define "relevo.postgresSecrets" -}}
{{- $values := .root.Values.postgres -}}
{{- $all := include "relevo.databases" .root | fromJson -}}
{{- $ca := $values.external.caSecret -}}
{{- $secrets := list -}}
{{- if and $values.enabled .databases -}}
{{- $name := printf "%s-ca" (include "relevo.postgresName" .root) -}}
{{- $secrets = append $secrets (dict "name" $name "items" (list (dict "key" "ca.crt" "path" "ca.crt"))) -}}
{{- else if and $ca.name .databases -}}
{{- $secrets = append $secrets (dict "name" $ca.name "items" (list (dict "key" $ca.key "path" "ca.crt"))) -}}
{{- end -}}
{{- range .databases -}}
{{- $directory := get . "directory" -}}
{{- $prefix := ternary "" (printf "%s/" $directory) (empty $directory) -}}
{{- if $values.enabled -}}
{{- $name := printf "%s-client-cert" (include "relevo.roleResourceName" (dict "root" $.root "database" .name "role" .role)) -}}
{{- $items := list -}}
{{- range $file := list "tls.crt" "tls.key" -}}
{{- $items = append $items (dict "key" $file "path" (printf "%s%s" $prefix $file)) -}}
{{- end -}}
{{- $secrets = append $secrets (dict "name" $name "items" $items) -}}
{{- else if $directory -}}
{{- $external := dig .name "external" (dict "keys" dict) $all -}}
{{- $items := list (dict "key" (get $external.keys .role) "path" (printf "%surl" $prefix)) -}}
{{- $secrets = append $secrets (dict "name" $external.existingSecret "items" $items) -}}
{{- end -}}
{{- end -}}
{{- toYaml $secrets -}}
{{- end -}}

{{- /* Takes root and databases. */ -}}
{{- define "relevo.postgresVolume" -}}
{{- with include "relevo.postgresSecrets" . | fromYamlArray }}
- name: postgres
  projected:
    defaultMode: 0440
    sources:
      {{- range . }}
      - secret: { name: {{ .name }}, items: {{ toJson .items }} }
      {{- end }}
{{- end }}
{{- end -}}

{{- define "relevo.postgresMount" -}}
{{- if include "relevo.postgresSecrets" . | fromYamlArray }}
- { name: postgres, mountPath: {{ include "relevo.postgresFiles" . }}, readOnly: true }
{{- end }}
{{- end -}}
