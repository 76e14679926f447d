{{- /*
What the secrets hold that a pod has in its environment, as a checksum: a new one rolls the pod. What a pod has as files it reads
anew by itself. Nothing where none is there, as in `helm template`. Takes root and env (a list of EnvVar, as YAML) and, if there
is one, envFrom.
*/ -}}
{{- define "relevo.secretChecksum" -}}
{{- $names := list -}}
{{- range .env | fromYamlArray -}}
{{- with dig "valueFrom" "secretKeyRef" "name" "" . -}}
{{- $names = append $names . -}}
{{- end -}}
{{- end -}}
{{- range get . "envFrom" -}}
{{- with dig "secretRef" "name" "" . -}}
{{- $names = append $names . -}}
{{- end -}}
{{- end -}}
{{- $found := dict -}}
{{- range $name := $names | uniq | sortAlpha -}}
{{- if eq $name (include "relevo.valkeyName" $.root) -}}
{{- $_ := set $found $name (include "relevo.valkeyPassword" $.root) -}}
{{- else -}}
{{- with lookup "v1" "Secret" $.root.Release.Namespace $name -}}
{{- $_ := set $found $name .data -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $found -}}
{{ toJson $found | sha256sum }}
{{- end -}}
{{- end -}}
