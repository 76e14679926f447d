{{- define "relevo.kafkaSpec" -}}
{{- $kafka := .Values.kafka -}}
kafka:
  version: {{ $kafka.version }}
  metadataVersion: {{ $kafka.metadataVersion }}
  listeners:
    - name: tls
      port: 9093
      type: internal
      tls: true
      authentication: { type: scram-sha-512 }
      # Strimzi makes the network policy of the brokers, which admits these, the brokers themselves and its operators.
      networkPolicyPeers:
        {{- include "relevo.componentPeer" (dict "root" . "components" (include "relevo.kafkaClients" . | fromYamlArray)) | nindent 8 }}
        {{- include "relevo.toolboxPeer" . | nindent 8 }}
        {{- with $kafka.networkPolicy.from }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  authorization: { type: simple }
  config:
    auto.create.topics.enable: false
    default.replication.factor: {{ $kafka.replicationFactor }}
    min.insync.replicas: {{ $kafka.minInsyncReplicas }}
    offsets.topic.replication.factor: {{ $kafka.replicationFactor }}
    transaction.state.log.replication.factor: {{ $kafka.replicationFactor }}
    transaction.state.log.min.isr: {{ $kafka.minInsyncReplicas }}
    {{- with $kafka.config }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $kafka.rackTopologyKey }}
  rack: { topologyKey: {{ . }} }
  {{- end }}
  {{- if $kafka.metrics.enabled }}
  metricsConfig: { type: strimziMetricsReporter }
  {{- end }}
{{- if $kafka.cruiseControl.enabled }}
cruiseControl:
  resources: {{- toYaml $kafka.cruiseControl.resources | nindent 4 }}
  template:
    {{- with include "relevo.strimziPod" (dict "root" . "own" $kafka.cruiseControl) | trim }}
    pod: {{- . | nindent 6 }}
    {{- end }}
    cruiseControlContainer:
      securityContext: {{- include "relevo.operandSecurityContext" . | nindent 8 }}
{{- end }}
entityOperator:
  topicOperator: {{- include "relevo.entityOperator" . | nindent 4 }}
  userOperator: {{- include "relevo.entityOperator" . | nindent 4 }}
  template:
    {{- with include "relevo.strimziPod" (dict "root" . "own" $kafka.entityOperator) | trim }}
    pod: {{- . | nindent 6 }}
    {{- end }}
    topicOperatorContainer:
      # With finalizers, an uninstall that takes everything leaves the topics behind: their operator is gone first.
      env: [{ name: STRIMZI_USE_FINALIZERS, value: {{ $kafka.keep | quote }} }]
      securityContext: {{- include "relevo.operandSecurityContext" . | nindent 8 }}
    userOperatorContainer:
      securityContext: {{- include "relevo.operandSecurityContext" . | nindent 8 }}
{{- end -}}
