{{- /* A pod of `helm test`. Takes root, services, system and urls: components by the variable for their base URL. */ -}}
{{- define "relevo.testPod" -}}
{{- $part := dict "root" .root "component" "test" -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "relevo.fullname" .root }}-test-{{ .system }}
  labels:
    {{- include "relevo.labels" $part | nindent 4 }}
    {{- with .root.Values.tests.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    helm.sh/hook: test
    # Left where it is after a failure, for its log.
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    {{- with .root.Values.tests.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  restartPolicy: Never
  activeDeadlineSeconds: {{ add .root.Values.tests.timeoutSeconds 30 }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext: {{- include "relevo.podSecurityContext" . | nindent 4 }}
  {{- with include "relevo.placement" (dict "root" .root "own" .root.Values.tests) }}
  {{- . | nindent 2 }}
  {{- end }}
  containers:
    - name: test
      image: {{ include "relevo.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [node, --input-type=module, --eval]
      args:
        - |
          {{- .root.Files.Get "files/helmTest.mjs" | nindent 10 }}
      env:
        - { name: SYSTEM, value: {{ .system }} }
        {{- if include "relevo.valkeyClients" .root | fromYamlArray }}
        - { name: CACHES, value: "true" }
        {{- end }}
        - { name: TIMEOUT_SECONDS, value: {{ .root.Values.tests.timeoutSeconds | quote }} }
        {{- if .root.Values.mtls.enabled }}
        {{- range $variable, $file := include "relevo.certificateConfig" . | fromYaml }}
        - { name: {{ $variable }}, value: {{ $file }} }
        {{- end }}
        {{- end }}
        - { name: OPERATOR_TOKEN_FILE, value: /etc/relevo/operator/token }
        {{- range $name, $component := .urls }}
        - { name: {{ $name }}, value: "{{ include "relevo.scheme" (dict "root" $.root "name" $component "service" (get $.services $component)) }}://{{ include "relevo.fullname" $.root }}-{{ $component }}:{{ dig $component "port" 0 $.services | int64 }}" }
        {{- end }}
      resources: {{- toYaml .root.Values.tests.resources | nindent 8 }}
      securityContext: {{- include "relevo.securityContext" . | nindent 8 }}
      volumeMounts:
        - { name: operator, mountPath: /etc/relevo/operator, readOnly: true }
        {{- if .root.Values.mtls.enabled }}
        {{- include "relevo.certificateMount" . | nindent 8 }}
        {{- end }}
  volumes:
    - name: operator
      secret:
        secretName: {{ include "relevo.operatorSecret" .root }}
        defaultMode: 0440
        items: [{ key: {{ .root.Values.operatorToken.key }}, path: token }]
    {{- if .root.Values.mtls.enabled }}
    {{- include "relevo.certificateVolume" (dict "root" .root "name" "test") | nindent 4 }}
    {{- end }}
{{- end -}}
