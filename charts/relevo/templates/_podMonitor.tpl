{{- /* How an endpoint is scraped. Takes podMonitor. */ -}}
{{- define "relevo.scrape" -}}
path: /metrics
interval: {{ .interval }}
{{- range $field := list "relabelings" "metricRelabelings" }}
{{- with get $ $field }}
{{ $field }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}
