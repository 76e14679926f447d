{{- /*
Topics that are there and cannot become what the values say. Strimzi's topic operator changes the number of copies only with Cruise
Control, and until then would leave each topic with the copies that it has, however many the values promise.
*/ -}}
{{- define "relevo.topicProblems" -}}
{{- $kafka := .Values.kafka -}}
{{- $problems := list -}}
{{- range $name, $topic := include "relevo.topics" . | fromJson -}}
{{- $resource := include "relevo.topicResourceName" (dict "root" $ "topic" $name) -}}
{{- $live := lookup "kafka.strimzi.io/v1" "KafkaTopic" $.Release.Namespace $resource -}}
{{- $copies := dig "spec" "replicas" $kafka.replicationFactor $live | int -}}
{{- if and (ne $copies (int $kafka.replicationFactor)) (not $kafka.cruiseControl.enabled) -}}
{{- $problems = append $problems (printf "kafka.replicationFactor: kafkatopic/%s is there with replicas %d, and Strimzi makes that %v only with kafka.cruiseControl.enabled. Keep kafka.replicationFactor at %d, or see \"From one broker to three\" in docs/kubernetes.md" $resource $copies $kafka.replicationFactor $copies) -}}
{{- end -}}
{{- if lt $copies (int $kafka.minInsyncReplicas) -}}
{{- $problems = append $problems (printf "kafka.minInsyncReplicas: kafkatopic/%s has replicas %d until Cruise Control has made more, and would take no record with %v; raise it afterwards" $resource $copies $kafka.minInsyncReplicas) -}}
{{- end -}}
{{- $partitions := dig "spec" "partitions" $topic.partitions $live | int -}}
{{- if lt (int $topic.partitions) $partitions -}}
{{- $problems = append $problems (printf "kafka.topics.%s.partitions: kafkatopic/%s has %d, and Kafka never takes one away" $name $resource $partitions) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
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
{{- $limit := dig "limits" "memory" "" $kafka.resources -}}
{{- if and $limit (lt (include "relevo.mebibytes" $limit | float64) (addf (include "relevo.mebibytes" $kafka.heap | float64) 128)) -}}
{{- $problems = append $problems (printf "kafka.heap: %s leaves less than 128 MiB of kafka.resources.limits.memory, %s, to what a broker needs beside its heap, so Kubernetes would kill it; lower the heap, or raise the limit" $kafka.heap (toString $limit)) -}}
{{- end -}}
{{- range $option, $instead := include "relevo.ownBrokerOptions" . | fromYaml -}}
{{- if hasKey $kafka.config $option -}}
{{- $problems = append $problems (printf "kafka.config: the chart sets %s itself; %s" $option $instead) -}}
{{- end -}}
{{- end -}}
{{- range $name, $topic := include "relevo.topics" . | fromJson -}}
{{- if hasKey ($topic.config | default dict) "min.insync.replicas" -}}
{{- $problems = append $problems (printf "kafka.topics.%s.config: the chart sets min.insync.replicas itself; use kafka.minInsyncReplicas" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $kafka.cruiseControl.enabled (lt (int $kafka.replicas) 2) -}}
{{- $problems = append $problems "kafka.cruiseControl.enabled: it moves copies between brokers, and kafka.replicas is 1" -}}
{{- end -}}
{{- $problems = concat $problems (include "relevo.topicProblems" . | fromYamlArray) -}}
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

{{- /* The options of brokers that kafka.yaml sets, with what to use instead, as YAML. */ -}}
{{- define "relevo.ownBrokerOptions" -}}
auto.create.topics.enable: add an entry to kafka.topics
default.replication.factor: use kafka.replicationFactor
min.insync.replicas: use kafka.minInsyncReplicas
offsets.topic.replication.factor: use kafka.replicationFactor
transaction.state.log.replication.factor: use kafka.replicationFactor
transaction.state.log.min.isr: use kafka.minInsyncReplicas
{{- end -}}
