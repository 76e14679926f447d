{{- /* What is scaled. Takes root, name and service. */ -}}
{{- define "relevo.scaleTarget" -}}
apiVersion: apps/v1
kind: {{ ternary "Deployment" "StatefulSet" (empty .service.volume) }}
name: {{ include "relevo.fullname" .root }}-{{ .name }}
{{- end -}}

{{- /* The metric that tells how late a relay or a consumer is. Takes service. */ -}}
{{- define "relevo.lagMetric" -}}
{{ ternary "relevo_outbox_oldest_pending_seconds" "relevo_inbox_event_delay_seconds" (hasKey .service "source") }}
{{- end -}}

{{- /* The job that a PodMonitor of the chart makes of a service's pods. Takes root and name. */ -}}
{{- define "relevo.scrapeJob" -}}
{{ .root.Release.Namespace }}/{{ include "relevo.fullname" .root }}-{{ .name }}
{{- end -}}

{{- /*
How late a service is, in seconds: of a relay the age of the oldest event that is not yet in Kafka, of a consumer the mean time from
recording to effect. Takes root, name and service.
*/ -}}
{{- define "relevo.lagQuery" -}}
{{- $metric := include "relevo.lagMetric" . -}}
{{- $labels := printf "{namespace=%q,job=%q}" .root.Release.Namespace (include "relevo.scrapeJob" .) -}}
{{- if .service.hpa.lag.query -}}
{{ .service.hpa.lag.query }}
{{- else if hasKey .service "source" -}}
max({{ $metric }}{{ $labels }})
{{- else -}}
sum(rate({{ $metric }}_sum{{ $labels }}[2m])) / sum(rate({{ $metric }}_count{{ $labels }}[2m]))
{{- end -}}
{{- end -}}

{{- /* The metrics of a HorizontalPodAutoscaler, as YAML. Takes root, name and service. */ -}}
{{- define "relevo.hpaMetrics" -}}
{{- $hpa := .service.hpa -}}
{{- $metrics := list -}}
{{- with $hpa.targetCpuPercent -}}
{{- $target := dict "type" "Utilization" "averageUtilization" (int .) -}}
{{- $metrics = append $metrics (dict "type" "Resource" "resource" (dict "name" "cpu" "target" $target)) -}}
{{- end -}}
{{- if eq $hpa.lag.source "external" -}}
{{- $metric := dict "name" (include "relevo.lagMetric" .) "selector" (dict "matchLabels" (dict "job" (include "relevo.scrapeJob" .))) -}}
{{- $target := dict "type" "Value" "value" (toString $hpa.lag.targetSeconds) -}}
{{- $metrics = append $metrics (dict "type" "External" "external" (dict "metric" $metric "target" $target)) -}}
{{- end -}}
{{- toYaml (concat $metrics $hpa.metrics) -}}
{{- end -}}

{{- /* The topics that a consumer works on, as YAML; not those by which every service hears of tokens that are revoked. Takes root and name. */ -}}
{{- define "relevo.consumedTopics" -}}
{{- toYaml (dig .name "kafka" "read" list .root.Values.services) -}}
{{- end -}}

{{- /*
Most pods of a service that can have work: shards of a relay, partitions of a consumer; nothing: nobody knows. Takes root, name and
service.
*/ -}}
{{- define "relevo.mostBusyPods" -}}
{{- if hasKey .service "source" -}}
{{- /* An outbox has so many, unless its migration was told another number: packages/outbox. */ -}}
16
{{- else -}}
{{- $topics := include "relevo.topics" .root | fromJson -}}
{{- $partitions := 0 -}}
{{- $known := true -}}
{{- range include "relevo.consumedTopics" . | fromYamlArray -}}
{{- $known = and $known (hasKey $topics .) -}}
{{- $partitions = add $partitions (dig . "partitions" 0 $topics) -}}
{{- end -}}
{{- if $known -}}{{ $partitions }}{{- end -}}
{{- end -}}
{{- end -}}

{{- /* What of a service's autoscaler cannot work. Takes root, name and service. */ -}}
{{- define "relevo.autoscalerProblems" -}}
{{- $hpa := .service.hpa -}}
{{- $key := printf "%s.hpa" .service.key -}}
{{- $problems := list -}}
{{- if gt (int $hpa.minReplicas) (int $hpa.maxReplicas) -}}
{{- $problems = append $problems (printf "%s.minReplicas: %v is above maxReplicas, %v" $key $hpa.minReplicas $hpa.maxReplicas) -}}
{{- end -}}
{{- if and $hpa.targetCpuPercent (not (dig "requests" "cpu" "" .service.resources)) -}}
{{- $problems = append $problems (printf "%s.resources.requests.cpu: %s measures by it; set it, or %s.targetCpuPercent to 0" .service.key $key $key) -}}
{{- end -}}
{{- if not (or $hpa.targetCpuPercent $hpa.lag.source $hpa.metrics) -}}
{{- $problems = append $problems (printf "%s: it has nothing to go by; set targetCpuPercent, lag.source or metrics" $key) -}}
{{- end -}}
{{- if and $hpa.metrics (eq $hpa.lag.source "keda") -}}
{{- $problems = append $problems (printf "%s.metrics: a ScaledObject takes the place of the HorizontalPodAutoscaler that these are for; use one or the other" $key) -}}
{{- end -}}
{{- if $hpa.lag.source -}}
{{- $problems = concat $problems (include "relevo.lagProblems" . | fromYamlArray) -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- define "relevo.lagProblems" -}}
{{- $hpa := .service.hpa -}}
{{- $key := printf "%s.hpa" .service.key -}}
{{- $problems := list -}}
{{- $most := include "relevo.mostBusyPods" . -}}
{{- $isRelay := hasKey .service "source" -}}
{{- if eq (get .service "source") "wal" -}}
{{- $problems = append $problems (printf "%s.lag.source: of the relays that read the write-ahead log one works and the others stand by, so more of them are not faster; set %s.source to table" $key .service.key) -}}
{{- else if and (not $isRelay) (not (include "relevo.consumedTopics" . | fromYamlArray)) -}}
{{- $problems = append $problems (printf "%s.lag.source: it consumes nothing, so it is never late; scale it by targetCpuPercent" $key) -}}
{{- else if and $most (gt (int $hpa.maxReplicas) (int $most)) -}}
{{- $problems = append $problems (printf "%s.maxReplicas: %v pods, and %s %s to share: the rest would have nothing to do" $key $hpa.maxReplicas $most (ternary "shards of an outbox" "partitions" $isRelay)) -}}
{{- end -}}
{{- if and (eq $hpa.lag.source "keda") (not $hpa.lag.prometheusUrl) -}}
{{- $problems = append $problems (printf "%s.lag.prometheusUrl: say where KEDA asks how late it is" $key) -}}
{{- end -}}
{{- if not .service.podMonitor.enabled -}}
{{- if not $hpa.lag.query -}}
{{- $problems = append $problems (printf "%s.lag.source: the metric is found by what a PodMonitor calls its job; set %s.podMonitor.enabled, or %s.lag.query" $key .service.key $key) -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}
