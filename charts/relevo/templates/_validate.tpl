{{- /* Combinations of values that each are valid and cannot work together; values.schema.json sees to the rest. */ -}}
{{- define "relevo.validate" -}}
{{- $problems := concat
  (include "relevo.imageProblems" . | fromYamlArray)
  (include "relevo.kafkaProblems" . | fromYamlArray)
  (include "relevo.postgresProblems" . | fromYamlArray)
  (include "relevo.backupProblems" . | fromYamlArray)
  (include "relevo.systemProblems" . | fromYamlArray)
  (include "relevo.serviceProblems" . | fromYamlArray)
  (include "relevo.valkeyProblems" . | fromYamlArray)
  (include "relevo.gatewayProblems" . | fromYamlArray) -}}
{{- if $problems -}}
{{- fail (printf "\n- %s\n" (join "\n- " $problems)) -}}
{{- end -}}
{{- end -}}

{{- define "relevo.imageProblems" -}}
{{- $problems := list -}}
{{- if and (eq .Values.image.tag "latest") (not .Values.image.digest) -}}
{{- $problems = append $problems "image.tag: latest names another image after each push, so pods of one release would run different code and a rollback would roll back nothing; give the tag of a version, or image.digest" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- /* Systems that an entry names and that are not there: it would never be installed, without a word. */ -}}
{{- define "relevo.systemProblems" -}}
{{- $problems := list -}}
{{- $maps := dict "services" .Values.services "relays" .Values.relays "kafka.topics" .Values.kafka.topics "postgres.databases" .Values.postgres.databases -}}
{{- range $key, $entries := $maps -}}
{{- range $name, $entry := $entries -}}
{{- range get $entry "systems" | default list -}}
{{- if not (hasKey $.Values.systems .) -}}
{{- $problems = append $problems (printf "%s.%s.systems: there is no systems.%s" $key $name .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (include "relevo.databases" . | fromJson) -}}
{{- $problems = append $problems "systems: none is enabled, and no database belongs to none; enable one" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- define "relevo.valkeyProblems" -}}
{{- $problems := list -}}
{{- if and .Values.valkey.enabled .Values.valkey.external.existingSecret -}}
{{- $problems = append $problems "valkey: both one of the chart's own (enabled) and another (external.existingSecret) are asked for; choose one" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- define "relevo.gatewayProblems" -}}
{{- $gateway := .Values.gateway -}}
{{- $services := (include "relevo.services" . | fromJson).items -}}
{{- $problems := list -}}
{{- if ne $gateway.type "none" -}}
{{- if not (dig "gateway" "service" "enabled" false $services) -}}
{{- $problems = append $problems (printf "gateway.type: %s leads to services.gateway, which is not there, not enabled, or has no Service" $gateway.type) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $gateway.type "httpRoute") (not $gateway.httpRoute.parentRefs) -}}
{{- $problems = append $problems "gateway.httpRoute.parentRefs: name the Gateway that the route belongs to" -}}
{{- end -}}
{{- if and (eq $gateway.type "ingress") $gateway.ingress.tlsSecret (not $gateway.host) -}}
{{- $problems = append $problems "gateway.host: name the host that gateway.ingress.tlsSecret is for" -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}
