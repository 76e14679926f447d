{{- /*
Whether an entry of the values is installed: one that names systems is, when one of them is enabled. Takes root and entry.
*/ -}}
{{- define "relevo.isWanted" -}}
{{- with get .entry "systems" -}}
{{- range . -}}
{{- if dig . "enabled" false $.root.Values.systems -}}true{{- end -}}
{{- end -}}
{{- else -}}true{{- end -}}
{{- end -}}

{{- /* The entries of a map that are installed, as JSON, which is parsed in a tenth of the time of YAML. Takes root and entries. */ -}}
{{- define "relevo.wanted" -}}
{{- $items := dict -}}
{{- range $name, $entry := .entries -}}
{{- if include "relevo.isWanted" (dict "root" $.root "entry" $entry) -}}
{{- $_ := set $items $name $entry -}}
{{- end -}}
{{- end -}}
{{- toJson $items -}}
{{- end -}}

{{- /* The topics that are installed, as JSON. */ -}}
{{- define "relevo.topics" -}}
{{- include "relevo.wanted" (dict "root" . "entries" .Values.kafka.topics) -}}
{{- end -}}

{{- /* What the gateway passes on, as JSON: {service: path}. */ -}}
{{- define "relevo.routes" -}}
{{- $routes := dict -}}
{{- range $name, $service := (include "relevo.services" . | fromJson).items -}}
{{- if and (get $service "route") $service.service.enabled -}}
{{- $_ := set $routes $name $service.route -}}
{{- end -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}

{{- /* The names of the services that pass requests on, as JSON. */ -}}
{{- define "relevo.gateways" -}}
{{- $names := list -}}
{{- range $name, $service := (include "relevo.services" . | fromJson).items -}}
{{- if get $service "gateway" -}}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{- /* Whether a service asks who sends a request: those do whose config.ts has the variable. Takes root, name and service. */ -}}
{{- define "relevo.hasIdentities" -}}
{{- $known := get .root.Values.madeVariables (include "relevo.program" .) -}}
{{- if has "AUTH_JWKS_URL" ($known | default list) -}}true{{- end -}}
{{- end -}}

{{- /* Whether all services ask who sends a request. */ -}}
{{- define "relevo.asksForIdentity" -}}
{{- if eq (toString .Values.auth.enabled) "auto" -}}
{{- $wanted := include "relevo.wanted" (dict "root" . "entries" .Values.services) | fromJson -}}
{{- $both := true -}}
{{- range list "users" "gateway" -}}
{{- $service := get $wanted . -}}
{{- if not (and $service (dig "enabled" $.Values.serviceDefaults.enabled $service)) -}}
{{- $both = false -}}
{{- end -}}
{{- end -}}
{{- if $both -}}true{{- end -}}
{{- else if .Values.auth.enabled -}}true{{- end -}}
{{- end -}}

{{- /* The topics that tell whose access tokens are refused, as far as they are there, as JSON. */ -}}
{{- define "relevo.revocationTopics" -}}
{{- $topics := include "relevo.topics" . | fromJson -}}
{{- $found := list -}}
{{- range list "USER_DISABLED" "USER_DELETED" -}}
{{- if hasKey $topics . -}}
{{- $found = append $found . -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- /* Has a service ask who sends a request, and hear whose tokens are refused. Takes known (its variables), asks, topics and service. */ -}}
{{- define "relevo.askForIdentity" -}}
{{- $service := .service -}}
{{- if has "AUTH" .known -}}
{{- if and .asks (not (hasKey $service.env "AUTH")) -}}
{{- $_ := set $service "env" (merge (dict "AUTH" "on") $service.env) -}}
{{- end -}}
{{- if and .topics (eq (get $service.env "AUTH" | default "off") "on") -}}
{{- $kafka := get $service "kafka" | default dict -}}
{{- $_ := set $service "kafka" (merge (dict "read" (concat (get $kafka "read" | default list) .topics | uniq)) $kafka) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Where the keys of access tokens are published; empty: nowhere. */ -}}
{{- define "relevo.jwksUrl" -}}
{{- $users := get (include "relevo.services" . | fromJson).items "users" -}}
{{- if .Values.auth.jwksUrl -}}
{{ .Values.auth.jwksUrl }}
{{- else if $users -}}
{{ include "relevo.scheme" (dict "root" . "name" "users" "service" $users) }}://{{ include "relevo.fullname" . }}-users:{{ int64 $users.port }}/.well-known/jwks.json
{{- end -}}
{{- end -}}

{{- /*
The enabled services and relays with their defaults filled in, as JSON: {items: {name: service}}. A relay is a service whose
name begins with relay-. `key` is where its values are, `databases` what it connects to: {name, role, prefix of its variables,
directory of its files}.
*/ -}}
{{- define "relevo.services" -}}
{{- /* Made once for all templates: it is asked for some hundred times. So are the variables that each program knows. */ -}}
{{- if not (hasKey .Values "madeServices") -}}
{{- $_ := set .Values "madeVariables" (.Files.Get "files/variables.json" | fromJson) -}}
{{- $_ := set .Values "madeServices" (include "relevo.makeServices" .) -}}
{{- end -}}
{{- get .Values "madeServices" -}}
{{- end -}}

{{- define "relevo.makeServices" -}}
{{- $items := dict -}}
{{- $canaryMs := mul .Values.canary.intervalSeconds 1000 -}}
{{- $monitored := false -}}
{{- $variables := .Values.madeVariables -}}
{{- $asks := include "relevo.asksForIdentity" . -}}
{{- $topics := include "relevo.revocationTopics" . | fromJsonArray -}}
{{- range $name, $service := include "relevo.wanted" (dict "root" . "entries" .Values.services) | fromJson -}}
{{- $merged := mergeOverwrite (deepCopy $.Values.serviceDefaults) (deepCopy $service) -}}
{{- if $merged.enabled -}}
{{- $databases := list -}}
{{- with $merged.database -}}
{{- $databases = append $databases (merge (dict "prefix" "" "directory" "") .) -}}
{{- end -}}
{{- $_ := set $merged "databases" $databases -}}
{{- $known := get $variables (include "relevo.program" (dict "name" $name "service" $merged)) | default list -}}
{{- if and $merged.monitors (has "CANARY_INTERVAL_MS" $known) -}}
{{- $monitored = true -}}
{{- $_ := set $merged "env" (mergeOverwrite (dict "CANARY_INTERVAL_MS" $canaryMs) $merged.env) -}}
{{- end -}}
{{- include "relevo.askForIdentity" (dict "known" $known "asks" $asks "topics" $topics "service" $merged) -}}
{{- $_ := set $items $name (set $merged "key" (printf "services.%s" $name)) -}}
{{- end -}}
{{- end -}}
{{- range $name, $relay := include "relevo.wanted" (dict "root" . "entries" .Values.relays) | fromJson -}}
{{- $merged := mergeOverwrite (deepCopy $.Values.serviceDefaults) (deepCopy $.Values.relayDefaults) (deepCopy $relay) -}}
{{- if $merged.enabled -}}
{{- $names := $merged.databases | default (list $merged.database) -}}
{{- $isOne := eq (len $names) 1 -}}
{{- $env := dict "RELAY_SOURCE" $merged.source -}}
{{- if $isOne -}}
{{- $_ := set $env "EVENT_SOURCE" (printf "/relevo/%s" (first $names)) -}}
{{- else -}}
{{- $_ := set $env "OUTBOXES" (join "," $names) -}}
{{- end -}}
{{- with $merged.slot -}}
{{- $_ := set $env "RELAY_SLOT" . -}}
{{- end -}}
{{- if and $monitored $canaryMs -}}
{{- $_ := set $env "CANARY_INTERVAL_MS" $canaryMs -}}
{{- $kafka := get $merged "kafka" | default dict -}}
{{- $_ := set $merged "kafka" (merge (dict "write" (append (get $kafka "write" | default list) "relevo.canary" | uniq)) $kafka) -}}
{{- end -}}
{{- $_ := set $merged "env" (mergeOverwrite $env $merged.env) -}}
{{- $databases := list -}}
{{- range $names -}}
{{- $prefix := ternary "" (printf "%s_" (. | upper | replace "-" "_")) $isOne -}}
{{- $databases = append $databases (dict "name" . "role" "relay" "prefix" $prefix "directory" (ternary "" . $isOne)) -}}
{{- end -}}
{{- $_ := unset $merged "database" -}}
{{- $_ := set $merged "databases" $databases -}}
{{- $known := get $variables "relay" | default list -}}
{{- include "relevo.askForIdentity" (dict "known" $known "asks" $asks "topics" $topics "service" $merged) -}}
{{- $_ := set $items (printf "relay-%s" $name) (set $merged "key" (printf "relays.%s" $name)) -}}
{{- end -}}
{{- end -}}
{{- toJson (dict "items" $items) -}}
{{- end -}}

{{- /* The databases that are installed with their defaults filled in, as JSON. */ -}}
{{- define "relevo.databases" -}}
{{- $items := dict -}}
{{- range $name, $database := include "relevo.wanted" (dict "root" . "entries" .Values.postgres.databases) | fromJson -}}
{{- $_ := set $items $name (mergeOverwrite (deepCopy $.Values.postgres.databaseDefaults) (deepCopy $database)) -}}
{{- end -}}
{{- toJson $items -}}
{{- end -}}

{{- /* The names of the databases of which a relay reads the write-ahead log, as JSON. */ -}}
{{- define "relevo.walDatabases" -}}
{{- $names := list -}}
{{- range (include "relevo.services" . | fromJson).items -}}
{{- if eq (get . "source") "wal" -}}
{{- range .databases -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{- /* A value as text: whole numbers come out of YAML as floats, which print as 4.194304e+06. */ -}}
{{- define "relevo.text" -}}
{{- if and (kindIs "float64" .) (eq (float64 (int64 .)) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{- define "relevo.serviceAccountName" -}}
{{- if .service.serviceAccount.enabled -}}
{{ include "relevo.fullname" .root }}-{{ .name }}
{{- else -}}
{{ .service.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{- /* Takes root. Without ids the cluster gives each namespace its own, as OpenShift does. */ -}}
{{- define "relevo.podSecurityContext" -}}
runAsNonRoot: true
{{- range $id := list "runAsUser" "runAsGroup" "fsGroup" }}
{{- with get $.root.Values.podSecurity $id | toString }}
{{- if ne . "<nil>" }}
{{ $id }}: {{ get $.root.Values.podSecurity $id | int64 }}
{{- end }}
{{- end }}
{{- end }}
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "relevo.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* What a container may write to. */ -}}
{{- define "relevo.tmpVolume" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- end -}}

{{- /* The settings of a service that are no secrets. Takes root, name and service. */ -}}
{{- define "relevo.serviceConfig" -}}
PORT: {{ .service.port | int64 | quote }}
LOG_LEVEL: {{ .service.logLevel }}
SHUTDOWN_DRAIN_MS: {{ mul .service.drainSeconds 1000 | quote }}
SHUTDOWN_GRACE_MS: {{ mul .service.shutdownGraceSeconds 1000 | quote }}
{{- if include "relevo.hasCertificate" . }}
{{ include "relevo.certificateConfig" . }}
{{- end }}
{{- if include "relevo.isMutual" . }}
PROBE_PORT: {{ .root.Values.mtls.probePort | int64 | quote }}
{{- end }}
{{- if include "relevo.hasOperators" . }}
OPERATOR_TOKEN_FILE: /etc/relevo/operator/token
{{- end }}
{{- range .service.databases }}
{{- include "relevo.postgresConfig" (dict "root" $.root "database" .name "role" .role "prefix" .prefix "directory" .directory) }}
{{- end }}
{{- if .service.kafka }}
{{ include "relevo.kafkaConfig" (dict "root" .root "component" .name) }}
{{- end }}
{{- if .service.monitors }}
MONITORED_SERVICES: {{ include "relevo.servicePlaces" (dict "root" .root "except" "monitors") | quote }}
{{- end }}
{{- if .service.operates }}
OPERATED_SERVICES: {{ include "relevo.servicePlaces" (dict "root" .root "except" "operates") | quote }}
{{- with .root.Values.tracing.traceUrl }}
TRACE_URL: {{ . | quote }}
{{- end }}
{{- end }}
{{- range .service.calls }}
{{ include "relevo.urlVariable" . }}: {{ include "relevo.serviceUrl" (dict "root" $.root "name" .) }}
{{- end }}
{{- if include "relevo.hasMasterKeys" . }}
USERS_MASTER_KEYS_FILE: /etc/relevo/master/keys
{{- end }}
{{- if get .service "gateway" }}
GATEWAY_SERVICES: {{ include "relevo.gatewayServices" .root | quote }}
{{- end }}
{{- if include "relevo.hasIdentities" . }}
{{- with include "relevo.jwksUrl" .root }}
AUTH_JWKS_URL: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .root.Values.tracing.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
OTEL_TRACES_SAMPLER_ARG: {{ $.root.Values.tracing.sampled | quote }}
{{- if has "CONSUMER_SPANS" (get $.root.Values.madeVariables (include "relevo.program" $) | default list) }}
CONSUMER_SPANS: {{ $.root.Values.tracing.consumers }}
{{- end }}
{{- end }}
{{- range $key, $value := .service.env }}
{{ $key }}: {{ include "relevo.text" $value | quote }}
{{- end }}
{{- end -}}

{{- /* What there is for a service that monitors or operates, without those like it: name=URL, by commas. Takes root and except. */ -}}
{{- define "relevo.servicePlaces" -}}
{{- $items := list -}}
{{- range $name, $service := (include "relevo.services" .root | fromJson).items -}}
{{- if and $service.service.enabled (not (index $service $.except)) -}}
{{- $scheme := include "relevo.scheme" (dict "root" $.root "name" $name "service" $service) -}}
{{- $items = append $items (printf "%s=%s://%s-%s:%d" $name $scheme (include "relevo.fullname" $.root) $name (int64 $service.port)) -}}
{{- end -}}
{{- end -}}
{{- join "," $items -}}
{{- end -}}

{{- /* Where the services with a route are: name=URL, by commas. */ -}}
{{- define "relevo.gatewayServices" -}}
{{- $services := (include "relevo.services" . | fromJson).items -}}
{{- $items := list -}}
{{- range $name, $_ := include "relevo.routes" . | fromJson -}}
{{- $service := get $services $name -}}
{{- $items = append $items (printf "%s=%s://%s-%s:%d" $name (include "relevo.scheme" (dict "root" $ "name" $name "service" $service)) (include "relevo.fullname" $) $name (int64 $service.port)) -}}
{{- end -}}
{{- join "," $items -}}
{{- end -}}

{{- /* Variables from secrets. Takes root, name and service. */ -}}
{{- define "relevo.serviceSecretEnv" -}}
{{- range .service.databases }}
{{- if not .directory }}
{{- include "relevo.postgresSecretEnv" (dict "root" $.root "database" .name "role" .role) }}
{{- end }}
{{- end }}
{{- with .service.kafka }}
{{- include "relevo.kafkaSecretEnv" (dict "root" $.root "component" $.name "secret" .existingSecret) }}
{{- end }}
{{- include "relevo.valkeySecretEnv" . }}
{{- with .service.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "relevo.serviceVolumes" -}}
{{ include "relevo.tmpVolume" . }}
{{- include "relevo.postgresVolume" (dict "root" .root "databases" .service.databases) }}
{{- with .service.kafka }}
{{- include "relevo.kafkaVolume" (dict "root" $.root "component" $.name "secret" .existingSecret) }}
{{- end }}
{{- include "relevo.operatorVolume" . }}
{{- include "relevo.masterKeysVolume" . }}
{{- if include "relevo.hasCertificate" . }}
{{ include "relevo.certificateVolume" . }}
{{- end }}
{{- with .service.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "relevo.serviceMounts" -}}
- { name: tmp, mountPath: /tmp }
{{- include "relevo.postgresMount" (dict "root" .root "databases" .service.databases) }}
{{- with .service.kafka }}
{{- include "relevo.kafkaMount" (dict "root" $.root "component" $.name "secret" .existingSecret) }}
{{- end }}
{{- include "relevo.operatorMount" . }}
{{- include "relevo.masterKeysMount" . }}
{{- if include "relevo.hasCertificate" . }}
{{ include "relevo.certificateMount" . }}
{{- end }}
{{- with .service.volume }}
- { name: data, mountPath: {{ .path }} }
{{- end }}
{{- with .service.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "relevo.probe" -}}
httpGet: { path: {{ .path }}, port: {{ .port }} }
periodSeconds: {{ .periodSeconds }}
timeoutSeconds: {{ .timeoutSeconds }}
failureThreshold: {{ .failureThreshold }}
{{- end -}}
