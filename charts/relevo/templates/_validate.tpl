{{- /* Combinations of values that each are valid and cannot work together; values.schema.json sees to the rest. */ -}}
{{- define "relevo.validate" -}}
{{- $problems := concat
  (include "relevo.kafkaProblems" . | fromYamlArray)
  (include "relevo.postgresProblems" . | fromYamlArray)
  (include "relevo.serviceProblems" . | fromYamlArray)
  (include "relevo.gatewayProblems" . | fromYamlArray) -}}
{{- if $problems -}}
{{- fail (printf "\n- %s\n" (join "\n- " $problems)) -}}
{{- end -}}
{{- end -}}

{{- define "relevo.kafkaProblems" -}}
{{- $kafka := .Values.kafka -}}
{{- $problems := list -}}
{{- if $kafka.enabled -}}
{{- if gt (int $kafka.replicationFactor) (int $kafka.replicas) -}}
{{- $problems = append $problems (printf "kafka.replicationFactor: %v copies need as many brokers, and kafka.replicas is %v" $kafka.replicationFactor $kafka.replicas) -}}
{{- end -}}
{{- if gt (int $kafka.minInsyncReplicas) (int $kafka.replicationFactor) -}}
{{- $problems = append $problems (printf "kafka.minInsyncReplicas: %v of %v copies can never be in sync; lower it, or raise kafka.replicationFactor" $kafka.minInsyncReplicas $kafka.replicationFactor) -}}
{{- end -}}
{{- if and (gt (int $kafka.replicas) 1) (lt (int $kafka.replicas) 3) -}}
{{- $problems = append $problems "kafka.replicas: of 2 controllers both have to be there, which is worse than one; take 1, 3 or more" -}}
{{- end -}}
{{- else -}}
{{- if not $kafka.external.bootstrapServers -}}
{{- $problems = append $problems "kafka.external.bootstrapServers: name the brokers to use, since kafka.enabled is false" -}}
{{- end -}}
{{- if and $kafka.external.sasl.mechanism (not $kafka.external.sasl.existingSecret) -}}
{{- $problems = append $problems "kafka.external.sasl.existingSecret: name the secret to log in with, since kafka.external.sasl.mechanism is set" -}}
{{- end -}}
{{- if and $kafka.external.caSecret.name (not $kafka.external.tls) -}}
{{- $problems = append $problems "kafka.external.tls: has to be true for kafka.external.caSecret to be of use" -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- define "relevo.postgresProblems" -}}
{{- $postgres := .Values.postgres -}}
{{- $problems := list -}}
{{- range $name, $database := include "relevo.databases" . | fromYaml -}}
{{- if not $database.migrate.command -}}
{{- $problems = append $problems (printf "postgres.databases.%s.migrate.command: say what makes its schema" $name) -}}
{{- end -}}
{{- end -}}
{{- if $postgres.enabled -}}
{{- $keptMiB := include "relevo.mebibytes" (get $postgres.parameters "max_slot_wal_keep_size") | float64 -}}
{{- if gt $keptMiB (divf (include "relevo.mebibytes" $postgres.storage.size | float64) 2) -}}
{{- $problems = append $problems (printf "postgres.parameters.max_slot_wal_keep_size: %s is more than half of postgres.storage.size, %s, and a slot that nobody reads from would fill the disk" $postgres.parameters.max_slot_wal_keep_size $postgres.storage.size) -}}
{{- end -}}
{{- if ge (int $postgres.synchronousReplicas) (int $postgres.instances) -}}
{{- $problems = append $problems (printf "postgres.synchronousReplicas: %v need more than %v of postgres.instances" $postgres.synchronousReplicas $postgres.instances) -}}
{{- end -}}
{{- else -}}
{{- range $name, $database := include "relevo.databases" $ | fromYaml -}}
{{- if not $database.external.existingSecret -}}
{{- $problems = append $problems (printf "postgres.databases.%s.external.existingSecret: name the secret with its URL, since postgres.enabled is false" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- /* A size of Postgres (1GB is 1024 MB) or of Kubernetes in MiB. */ -}}
{{- define "relevo.mebibytes" -}}
{{- $units := dict "MB" 1 "GB" 1024 "TB" 1048576 "Mi" 1 "Gi" 1024 "Ti" 1048576 "M" 0.953674 "G" 953.674 "T" 953674 -}}
{{- mulf (regexFind "^[0-9]+" .) (get $units (regexFind "[A-Za-z]+$" .)) -}}
{{- end -}}

{{- define "relevo.serviceProblems" -}}
{{- $problems := list -}}
{{- $outboxes := dict -}}
{{- range $name, $service := .Values.services -}}
{{- if regexMatch "^(kafka|postgres|migrate|entity-operator|test)(-|$)" $name -}}
{{- $problems = append $problems (printf "services.%s: names that begin so are those of the operators' resources; choose another" $name) -}}
{{- else if regexMatch "^relay(-|$)" $name -}}
{{- $problems = append $problems (printf "services.%s: relays have a map of their own, relays.<name>" $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $service := (include "relevo.services" . | fromYaml).items -}}
{{- $key := $service.key -}}
{{- if hasKey $service "source" -}}
{{- with get $outboxes $service.database.name -}}
{{- $problems = append $problems (printf "%s.database: %s has the outbox of %s already; raise its replicas instead" $key . $service.database.name) -}}
{{- end -}}
{{- $_ := set $outboxes $service.database.name $key -}}
{{- end -}}
{{- with $service.database -}}
{{- if not (hasKey $.Values.postgres.databases .name) -}}
{{- $problems = append $problems (printf "%s.database%s: there is no postgres.databases.%s" $key (ternary "" ".name" (hasKey $service "source")) .name) -}}
{{- end -}}
{{- end -}}
{{- if $.Values.kafka.enabled -}}
{{- range concat (dig "kafka" "read" list $service) (dig "kafka" "write" list $service) -}}
{{- if not (or (hasSuffix "*" .) (hasKey $.Values.kafka.topics .)) -}}
{{- $problems = append $problems (printf "%s.kafka: there is no kafka.topics.%s" $key .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $service.hpa.enabled (gt (int $service.hpa.minReplicas) (int $service.hpa.maxReplicas)) -}}
{{- $problems = append $problems (printf "%s.hpa.minReplicas: %v is above maxReplicas, %v" $key $service.hpa.minReplicas $service.hpa.maxReplicas) -}}
{{- end -}}
{{- if and $service.hpa.enabled (not (dig "requests" "cpu" "" $service.resources)) -}}
{{- $problems = append $problems (printf "%s.resources.requests.cpu: %s.hpa measures by it" $key $key) -}}
{{- end -}}
{{- if and $service.service.nodePort (eq $service.service.type "ClusterIP") -}}
{{- $problems = append $problems (printf "%s.service.nodePort: needs service.type NodePort or LoadBalancer" $key) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- define "relevo.gatewayProblems" -}}
{{- $gateway := .Values.gateway -}}
{{- $services := (include "relevo.services" . | fromYaml).items -}}
{{- $problems := list -}}
{{- if ne $gateway.type "none" -}}
{{- range $gateway.routes -}}
{{- if not (hasKey $services .service) -}}
{{- $problems = append $problems (printf "gateway.routes: %s leads to services.%s, which is not there or not enabled" .path .service) -}}
{{- else if not (index $services .service).service.enabled -}}
{{- $problems = append $problems (printf "gateway.routes: %s leads to services.%s, whose service.enabled is false" .path .service) -}}
{{- end -}}
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
