{{- define "relevo.kafkaNodePoolSpec" -}}
{{- $kafka := .Values.kafka -}}
replicas: {{ $kafka.replicas }}
roles: [controller, broker]
storage:
  type: jbod
  volumes:
    - id: 0
      type: persistent-claim
      size: {{ $kafka.storage.size }}
      {{- with $kafka.storage.class }}
      class: {{ . }}
      {{- end }}
      deleteClaim: {{ not $kafka.keep }}
      kraftMetadata: shared
jvmOptions: { -Xms: {{ $kafka.heap }}, -Xmx: {{ $kafka.heap }} }
resources: {{- toYaml $kafka.resources | nindent 2 }}
# Takes the place of the whole template in the Kafka resource.
template:
  kafkaContainer:
    securityContext: {{- include "relevo.operandSecurityContext" . | nindent 6 }}
  {{- if $kafka.rackTopologyKey }}
  initContainer: # reads the rack off its node
    securityContext: {{- include "relevo.operandSecurityContext" . | nindent 6 }}
  {{- end }}
  pod:
    terminationGracePeriodSeconds: {{ $kafka.terminationGracePeriodSeconds }}
    {{- with include "relevo.strimziPod" (dict "root" . "own" $kafka "priority" (include "relevo.dataPriority" .)) | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- $labels := printf "strimzi.io/cluster: %s\nstrimzi.io/broker-role: \"true\"" (include "relevo.kafkaName" .) }}
    {{- with $kafka.topologySpread }}
    topologySpreadConstraints: {{- include "relevo.topologySpread" (dict "constraints" . "labels" $labels) | nindent 6 }}
    {{- else }}
    {{- if gt (int $kafka.replicas) 1 }}
    {{- $key := $kafka.rackTopologyKey | default "kubernetes.io/hostname" }}
    topologySpreadConstraints: {{- include "relevo.topologySpread" (dict "constraints" (list $key) "labels" $labels) | nindent 6 }}
    {{- end }}
    {{- end }}
{{- end -}}
