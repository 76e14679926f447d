{{- /* The pods of a service. Takes root, name and service. */ -}}
{{- define "relevo.podSpec" -}}
{{- $service := .service -}}
{{- $probePort := include "relevo.probePort" . -}}
serviceAccountName: {{ include "relevo.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
# Longer than the service takes by its own bounds.
terminationGracePeriodSeconds: {{ add $service.drainSeconds $service.shutdownGraceSeconds 5 }}
securityContext: {{- include "relevo.podSecurityContext" . | nindent 2 }}
{{- with include "relevo.placement" (dict "root" .root "own" $service) }}
{{ . }}
{{- end }}
{{- with $service.topologySpread }}
topologySpreadConstraints:
  {{- $revision := ternary "pod-template-hash" "controller-revision-hash" (empty $service.volume) }}
  {{- $labels := include "relevo.selectorLabels" (dict "root" $.root "component" $.name) }}
  {{- include "relevo.topologySpread" (dict "constraints" . "labels" $labels "together" $revision) | nindent 2 }}
{{- end }}
{{- with $service.initContainers }}
initContainers: {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .name }}
    image: {{ include "relevo.image" .root }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: {{- toYaml $service.command | nindent 6 }}
    envFrom:
      {{- with $service.extraEnvFrom }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
      # Last, so that it is what counts.
      - configMapRef: { name: {{ include "relevo.fullname" .root }}-{{ .name }} }
    {{- with include "relevo.serviceSecretEnv" . | trim }}
    env: {{- . | nindent 6 }}
    {{- end }}
    ports:
      - { name: http, containerPort: {{ $service.port | int64 }} }
      {{- if include "relevo.isMutual" . }}
      - { name: probe, containerPort: {{ .root.Values.mtls.probePort | int64 }} }
      {{- end }}
    startupProbe: {{- include "relevo.probe" (merge (dict "port" $probePort) $service.probes.startup) | nindent 6 }}
    readinessProbe: {{- include "relevo.probe" (merge (dict "port" $probePort) $service.probes.readiness) | nindent 6 }}
    livenessProbe: {{- include "relevo.probe" (merge (dict "port" $probePort) $service.probes.liveness) | nindent 6 }}
    resources: {{- toYaml $service.resources | nindent 6 }}
    securityContext: {{- include "relevo.securityContext" . | nindent 6 }}
    volumeMounts: {{- include "relevo.serviceMounts" . | nindent 6 }}
  {{- with $service.extraContainers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
volumes: {{- include "relevo.serviceVolumes" . | nindent 2 }}
{{- end -}}
