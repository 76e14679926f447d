{{- /*
How many pods a service is given; nothing: that is left to Kubernetes. Takes root, name, service and kind.

A count that `kubectl scale` or an autoscaler has set since the last upgrade is given again as it is: another one would be refused
as a conflict by Helm 4 (server-side apply), and none at all would be taken for 1 until the autoscaler's next look. A count that has
changed in the values is given. What they said at the last upgrade is in the annotation relevo/replicas.
*/ -}}
{{- define "relevo.replicas" -}}
{{- $name := printf "%s-%s" (include "relevo.fullname" .root) .name -}}
{{- $live := lookup "apps/v1" .kind .root.Release.Namespace $name -}}
{{- $last := dig "metadata" "annotations" "relevo/replicas" "" $live -}}
{{- $wanted := include "relevo.wantedReplicas" .service -}}
{{- if and $live (or .service.hpa.enabled (eq $last $wanted)) -}}
{{ int $live.spec.replicas }}
{{- else if not .service.hpa.enabled -}}
{{ $wanted }}
{{- end -}}
{{- end -}}

{{- define "relevo.wantedReplicas" -}}
{{- if .hpa.enabled -}}hpa{{- else -}}{{ int .replicas }}{{- end -}}
{{- end -}}
