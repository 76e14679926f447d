{{- /* Who is who in network policies. */ -}}

{{- /* Pods of this release with one of these components (NetworkPolicyPeer). Takes root and components. */ -}}
{{- define "relevo.componentPeer" -}}
{{- with .components -}}
- podSelector:
    matchLabels: {{- include "relevo.releaseLabels" $.root | nindent 6 }}
    matchExpressions: [{ key: app.kubernetes.io/component, operator: In, values: {{ toJson . }} }]
{{- end -}}
{{- end -}}

{{- /* The pods that drills and proofs make to look from within (proof/inCluster/toolboxPod.ts). */ -}}
{{- define "relevo.toolboxPeer" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: relevo-toolbox
      app.kubernetes.io/instance: {{ .Release.Name }}-toolbox
{{- end -}}

{{- /* The components that connect to Postgres, as YAML. */ -}}
{{- define "relevo.postgresClients" -}}
{{- $clients := list -}}
{{- range $name, $service := (include "relevo.services" . | fromJson).items -}}
{{- if $service.databases -}}
{{- $clients = append $clients $name -}}
{{- end -}}
{{- end -}}
{{- range $database, $_ := include "relevo.databases" . | fromJson -}}
{{- $clients = append $clients (printf "migrate-%s" $database) -}}
{{- end -}}
{{- toYaml $clients -}}
{{- end -}}

{{- /* The components that connect to Kafka, as YAML. */ -}}
{{- define "relevo.kafkaClients" -}}
{{- $clients := list -}}
{{- range $name, $service := (include "relevo.services" . | fromJson).items -}}
{{- if $service.kafka -}}
{{- $clients = append $clients $name -}}
{{- end -}}
{{- end -}}
{{- toYaml $clients -}}
{{- end -}}

{{- /* The way to the services of this release. */ -}}
{{- define "relevo.servicesEgress" -}}
{{- $ports := list -}}
{{- range (include "relevo.services" . | fromJson).items -}}
{{- $ports = append $ports (int64 .port) -}}
{{- end -}}
- ports:
    {{- range $ports | uniq | sortAlpha }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
  to: [{ podSelector: { matchLabels: { {{- include "relevo.releaseLabels" . | replace "\n" ", " -}} } } }]
{{- end -}}
