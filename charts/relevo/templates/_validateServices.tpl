{{- define "relevo.serviceProblems" -}}
{{- $problems := list -}}
{{- $outboxes := dict -}}
{{- $databases := include "relevo.databases" . | fromJson -}}
{{- $topics := include "relevo.topics" . | fromJson -}}
{{- range $name, $service := .Values.services -}}
{{- if regexMatch "^(kafka|postgres|migrate|entity-operator|test|default-deny|operator|valkey)(-|$)" $name -}}
{{- $problems = append $problems (printf "services.%s: names that begin so are those of the operators' resources; choose another" $name) -}}
{{- else if regexMatch "^relay(-|$)" $name -}}
{{- $problems = append $problems (printf "services.%s: relays have a map of their own, relays.<name>" $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $service := (include "relevo.services" . | fromJson).items -}}
{{- $key := $service.key -}}
{{- $isRelay := hasKey $service "source" -}}
{{- range $service.databases -}}
{{- $field := ternary "databases" (ternary "database" "database.name" $isRelay) (ne .directory "") -}}
{{- if $isRelay -}}
{{- with get $outboxes .name -}}
{{- $problems = append $problems (printf "%s.%s: %s has the outbox of this database already; raise its replicas instead" $key $field .) -}}
{{- end -}}
{{- $_ := set $outboxes .name $key -}}
{{- end -}}
{{- if not (hasKey $databases .name) -}}
{{- $problems = append $problems (printf "%s.%s: there is no postgres.databases.%s" $key $field .name) -}}
{{- end -}}
{{- end -}}
{{- if and $isRelay (gt (len $service.databases) 1) $service.slot -}}
{{- $problems = append $problems (printf "%s.slot: one slot is no slot for several databases; name them by env: %sRELAY_SLOT and so on" $key (first $service.databases).prefix) -}}
{{- end -}}
{{- if $.Values.kafka.enabled -}}
{{- range concat (dig "kafka" "read" list $service) (dig "kafka" "write" list $service) -}}
{{- if not (or (hasSuffix "*" .) (hasKey $topics .)) -}}
{{- $problems = append $problems (printf "%s.kafka: there is no kafka.topics.%s" $key .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $problems = concat $problems (include "relevo.variableProblems" (dict "root" $ "name" $name "service" $service) | fromYamlArray) -}}
{{- if $service.hpa.enabled -}}
{{- $problems = concat $problems (include "relevo.autoscalerProblems" (dict "root" $ "name" $name "service" $service) | fromYamlArray) -}}
{{- end -}}
{{- $problems = concat $problems (include "relevo.extraProblems" (dict "name" $name "service" $service) | fromYamlArray) -}}
{{- if and $service.service.nodePort (eq $service.service.type "ClusterIP") -}}
{{- $problems = append $problems (printf "%s.service.nodePort: needs service.type NodePort or LoadBalancer" $key) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- /* Further volumes and containers of a service with a name that the chart uses. Takes name and service. */ -}}
{{- define "relevo.extraProblems" -}}
{{- $key := .service.key -}}
{{- $problems := list -}}
{{- range .service.extraVolumes -}}
{{- if has .name (list "tmp" "data" "postgres" "kafka" "operator" "master-keys" "mtls") -}}
{{- $problems = append $problems (printf "%s.extraVolumes: the chart has a volume %s itself; choose another name" $key .name) -}}
{{- end -}}
{{- end -}}
{{- range concat .service.extraContainers .service.initContainers -}}
{{- if eq .name $.name -}}
{{- $problems = append $problems (printf "%s: a further container is called %s, as the service's own; choose another name" $key .name) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- /*
Variables of a service that it does not know, or that would be set twice, of which Kubernetes takes one without a word. Takes
root, name and service. files/variables.json has the names that each service knows; of a service that is not there none is checked.
*/ -}}
{{- define "relevo.variableProblems" -}}
{{- $service := .service -}}
{{- $key := $service.key -}}
{{- $problems := list -}}
{{- $program := include "relevo.program" . -}}
{{- $known := get .root.Values.madeVariables $program -}}
{{- range $service.databases -}}
{{- if .prefix -}}
{{- $known = concat ($known | default list) (list (printf "%sEVENT_SOURCE" .prefix) (printf "%sRELAY_SOURCE" .prefix) (printf "%sRELAY_SLOT" .prefix)) -}}
{{- end -}}
{{- end -}}
{{- $own := include "relevo.ownVariables" . | fromYaml -}}
{{- range $variable, $_ := $service.env -}}
{{- if hasKey $own $variable -}}
{{- $problems = append $problems (printf "%s.env: the chart sets %s itself; use %s" $key $variable (get $own $variable)) -}}
{{- else if and $known (not (has $variable $known)) -}}
{{- $problems = append $problems (printf "%s.env: %s has no variable %s; services/%s/config.ts has those there are" $key $program $variable $program) -}}
{{- end -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $service.extraEnv -}}
{{- if hasKey $own .name -}}
{{- $problems = append $problems (printf "%s.extraEnv: the chart sets %s itself; use %s" $key .name (get $own .name)) -}}
{{- else if or (hasKey $service.env .name) (hasKey $seen .name) -}}
{{- $problems = append $problems (printf "%s.extraEnv: %s is set twice; leave it out of %s.env or of %s.extraEnv" $key .name $key $key) -}}
{{- end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- /* The variables that the chart sets for a service, with the value to use instead, as YAML. Takes root, name and service. */ -}}
{{- define "relevo.ownVariables" -}}
PORT: {{ .service.key }}.port
LOG_LEVEL: {{ .service.key }}.logLevel
SHUTDOWN_DRAIN_MS: {{ .service.key }}.drainSeconds
SHUTDOWN_GRACE_MS: {{ .service.key }}.shutdownGraceSeconds
{{- if .service.monitors }}
MONITORED_SERVICES: {{ .service.key }}.monitors
{{- end }}
{{- if .service.operates }}
OPERATED_SERVICES: {{ .service.key }}.operates
TRACE_URL: tracing.traceUrl
{{- end }}
{{- range .service.calls }}
{{ include "relevo.urlVariable" . }}: {{ $.service.key }}.calls
{{- end }}
{{- if include "relevo.hasMasterKeys" . }}
USERS_MASTER_KEYS: masterKeys.existingSecret
USERS_MASTER_KEYS_FILE: masterKeys.existingSecret
{{- end }}
{{- if get .service "gateway" }}
GATEWAY_SERVICES: services.<name>.route
{{- end }}
{{- if include "relevo.hasIdentities" . }}
AUTH_JWKS_URL: auth.jwksUrl
{{- end }}
{{- if include "relevo.hasOperators" . }}
OPERATOR_TOKEN: operatorToken.existingSecret
OPERATOR_TOKEN_FILE: operatorToken.existingSecret
{{- end }}
{{- if include "relevo.hasCache" . }}
REDIS_URL: valkey
{{- if .root.Values.valkey.enabled }}
VALKEY_PASSWORD: valkey
{{- end }}
{{- end }}
{{- range .service.databases }}
{{ .prefix }}DATABASE_URL: {{ $.service.key }}.database{{ if .prefix }}s{{ end }}
{{- if .prefix }}
{{ .prefix }}DATABASE_URL_FILE: {{ $.service.key }}.databases
{{- end }}
{{- end }}
{{- if .service.kafka }}
{{- range $variable, $_ := include "relevo.kafkaConfig" (dict "root" .root "component" .name) | fromYaml }}
{{ $variable }}: {{ $.service.key }}.kafka
{{- end }}
KAFKA_SASL_PASSWORD: {{ .service.key }}.kafka
{{- range include "relevo.kafkaSecretEnv" (dict "root" .root "secret" .service.kafka.existingSecret) | fromYamlArray }}
{{ .name }}: {{ $.service.key }}.kafka
{{- end }}
{{- end }}
{{- end -}}
