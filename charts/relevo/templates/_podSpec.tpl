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
# Longer than the drain, so that a pod is never killed in it.
terminationGracePeriodSeconds: {{ add $service.preStopSeconds $service.shutdownGraceSeconds 5 }}
securityContext: {{- include "relevo.podSecurityContext" . | nindent 2 }}
{{- with $service.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $service.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $service.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $service.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $service.topologySpread }}
topologySpreadConstraints:
  {{- range . }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    # Old and new pods of a rollout are spread by themselves.
    matchLabelKeys: [{{ ternary "pod-template-hash" "controller-revision-hash" (empty $service.volume) }}]
    labelSelector:
      matchLabels: {{- include "relevo.selectorLabels" (dict "root" $.root "component" $.name) | nindent 8 }}
  {{- end }}
{{- end }}
containers:
  - name: {{ .name }}
    image: {{ include "relevo.image" .root }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: {{- toYaml $service.command | nindent 6 }}
    envFrom:
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
    {{- if $service.preStopSeconds }}
    # Traffic still comes for a moment after a pod has begun to end.
    lifecycle: { preStop: { sleep: { seconds: {{ $service.preStopSeconds }} } } }
    {{- end }}
    resources: {{- toYaml $service.resources | nindent 6 }}
    securityContext: {{- include "relevo.securityContext" . | nindent 6 }}
    volumeMounts: {{- include "relevo.serviceMounts" . | nindent 6 }}
volumes: {{- include "relevo.serviceVolumes" . | nindent 2 }}
{{- end -}}
