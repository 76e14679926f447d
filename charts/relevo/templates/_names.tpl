{{- /* The start of every name. It is short because Strimzi makes names out of it twice. */ -}}
{{- define "relevo.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) -}}
{{- if gt (len $full) 26 -}}
{{- fail (printf "fullnameOverride: %q would start all names and is longer than 26 characters; set a shorter one" $full) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{- /* Labels of all pods that the chart itself makes, and of no operator's. */ -}}
{{- define "relevo.releaseLabels" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "relevo.selectorLabels" -}}
{{ include "relevo.releaseLabels" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- /* Labels of a resource. Takes root and component. */ -}}
{{- define "relevo.labels" -}}
{{ include "relevo.selectorLabels" . }}
app.kubernetes.io/part-of: relevo
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /*
Labels of what an operator makes pods of. Strimzi hands the labels of a KafkaNodePool on to its pods and rolls all of them when
one changes, so there is none here that changes with the chart's version or with commonLabels.
*/ -}}
{{- define "relevo.operandLabels" -}}
{{ include "relevo.selectorLabels" . }}
app.kubernetes.io/part-of: relevo
{{- end -}}

{{- /* Labels of a pod: none that changes with the chart's version, or every upgrade would roll every pod. */ -}}
{{- define "relevo.podLabels" -}}
{{ include "relevo.selectorLabels" . }}
app.kubernetes.io/part-of: relevo
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Labels of a pod that is no service, and what it is given beside. Takes root, component and own. */ -}}
{{- define "relevo.extraPodMetadata" -}}
labels:
  {{- include "relevo.podLabels" . | nindent 2 }}
  {{- with .own.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .own.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "relevo.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag }}
{{- end -}}
{{- end -}}

{{- define "relevo.kafkaName" -}}
{{ include "relevo.fullname" . }}
{{- end -}}

{{- define "relevo.postgresName" -}}
{{ include "relevo.fullname" . }}-postgres
{{- end -}}

{{- /* The name of a Postgres role. Takes database and role; a dash would have to be quoted in each SQL statement. */ -}}
{{- define "relevo.roleName" -}}
{{ .database | replace "-" "_" }}_{{ .role }}
{{- end -}}

{{- /* The name of a DatabaseRole; the operator puts its certificate into the secret <name>-client-cert. */ -}}
{{- define "relevo.roleResourceName" -}}
{{ include "relevo.postgresName" .root }}-{{ .database | replace "_" "-" }}-{{ .role }}
{{- end -}}

{{- /* The PriorityClass of brokers and Postgres, if any. Classes are the cluster's, so its name has the namespace. */ -}}
{{- define "relevo.dataPriority" -}}
{{ ternary (printf "%s-%s-data" .Release.Namespace (include "relevo.fullname" .)) .Values.dataPriority.existing .Values.dataPriority.enabled }}
{{- end -}}
