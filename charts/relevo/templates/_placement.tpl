{{- /*
Where pods run, as fields of a pod: what a part says itself, and else what `placement` says for all. Takes root and own.
*/ -}}
{{- define "relevo.placement" -}}
{{- $placed := dict -}}
{{- range $field := list "nodeSelector" "tolerations" "affinity" "priorityClassName" -}}
{{- with get $.own $field | default (get $.root.Values.placement $field) -}}
{{- $_ := set $placed $field . -}}
{{- end -}}
{{- end -}}
{{- if $placed -}}
{{ toYaml $placed }}
{{- end -}}
{{- end -}}

{{- /*
The same for a pod of Strimzi's, whose templates have no nodeSelector: it becomes a required node affinity, in each of the terms that
there are, since one of them is enough. Takes root, own and, of brokers, priority.
*/ -}}
{{- define "relevo.strimziPlacement" -}}
{{- $placed := include "relevo.placement" . | fromYaml -}}
{{- $labels := list -}}
{{- range $label, $value := $placed.nodeSelector -}}
{{- $labels = append $labels (dict "key" $label "operator" "In" "values" (list $value)) -}}
{{- end -}}
{{- if $labels -}}
{{- $affinity := $placed.affinity | default dict -}}
{{- $nodes := get $affinity "nodeAffinity" | default dict -}}
{{- $terms := list -}}
{{- range dig "requiredDuringSchedulingIgnoredDuringExecution" "nodeSelectorTerms" (list (dict)) $nodes -}}
{{- $terms = append $terms (set . "matchExpressions" (concat (get . "matchExpressions" | default list) $labels)) -}}
{{- end -}}
{{- $_ := set $nodes "requiredDuringSchedulingIgnoredDuringExecution" (dict "nodeSelectorTerms" $terms) -}}
{{- $_ := set $placed "affinity" (set $affinity "nodeAffinity" $nodes) -}}
{{- end -}}
{{- $_ := unset $placed "nodeSelector" -}}
{{- if hasKey . "priority" -}}
{{- $_ := unset $placed "priorityClassName" -}}
{{- with .priority -}}
{{- $_ := set $placed "priorityClassName" . -}}
{{- end -}}
{{- end -}}
{{- if $placed -}}
{{ toYaml $placed }}
{{- end -}}
{{- end -}}

{{- /* The affinity of CloudNativePG's instances, which has fields of its own for what others want. Takes root. */ -}}
{{- define "relevo.postgresAffinity" -}}
{{- $postgres := .root.Values.postgres -}}
{{- $placed := include "relevo.placement" (dict "root" .root "own" $postgres) | fromYaml -}}
{{- $affinity := dict "enablePodAntiAffinity" true "podAntiAffinityType" "preferred" "topologyKey" $postgres.topologyKey -}}
{{- $names := dict "nodeAffinity" "nodeAffinity" "podAffinity" "additionalPodAffinity" "podAntiAffinity" "additionalPodAntiAffinity" -}}
{{- range $from, $to := $names -}}
{{- with get ($placed.affinity | default dict) $from -}}
{{- $_ := set $affinity $to . -}}
{{- end -}}
{{- end -}}
{{- toYaml (merge $affinity (pick $placed "nodeSelector" "tolerations")) -}}
{{- end -}}

{{- /*
Pods are spread over nodes: a label of theirs, softly, or a constraint in Kubernetes' own form, which is for the same pods unless it says
which. Takes constraints, labels (as YAML) and together: the label that sets old and new pods of a rollout apart, if there is one.
*/ -}}
{{- define "relevo.topologySpread" -}}
{{- $selector := dict "matchLabels" (fromYaml .labels) -}}
{{- $constraints := list -}}
{{- range .constraints -}}
{{- $soft := dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" "ScheduleAnyway" -}}
{{- if not (kindIs "string" .) -}}
{{- $soft = deepCopy . -}}
{{- else if $.together -}}
{{- $_ := set $soft "matchLabelKeys" (list $.together) -}}
{{- end -}}
{{- $constraints = append $constraints (merge $soft (dict "labelSelector" $selector)) -}}
{{- end -}}
{{- toYaml $constraints -}}
{{- end -}}
