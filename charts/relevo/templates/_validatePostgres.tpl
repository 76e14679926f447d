{{- define "relevo.postgresProblems" -}}
{{- $postgres := .Values.postgres -}}
{{- $problems := list -}}
{{- range $name, $database := include "relevo.databases" . | fromJson -}}
{{- if not $database.migrate.command -}}
{{- $problems = append $problems (printf "postgres.databases.%s.migrate.command: say what makes its schema" $name) -}}
{{- end -}}
{{- end -}}
{{- if $postgres.enabled -}}
{{- $keptMiB := include "relevo.mebibytes" (get $postgres.parameters "max_slot_wal_keep_size") | float64 -}}
{{- if gt $keptMiB (divf (include "relevo.mebibytes" $postgres.storage.size | float64) 2) -}}
{{- $problems = append $problems (printf "postgres.parameters.max_slot_wal_keep_size: %s is more than half of postgres.storage.size, %s, and a slot that nobody reads from would fill the disk" $postgres.parameters.max_slot_wal_keep_size $postgres.storage.size) -}}
{{- end -}}
{{- $limit := dig "limits" "memory" "" $postgres.resources -}}
{{- $buffers := get $postgres.parameters "shared_buffers" -}}
{{- if and $limit $buffers (ge (include "relevo.mebibytes" $buffers | float64) (include "relevo.mebibytes" $limit | float64)) -}}
{{- $problems = append $problems (printf "postgres.parameters.shared_buffers: %s do not fit in postgres.resources.limits.memory, %s" $buffers (toString $limit)) -}}
{{- end -}}
{{- with get $postgres.parameters "wal_level" -}}
{{- $readers := include "relevo.walDatabases" $ | fromJsonArray -}}
{{- if not (has . (list "logical" "replica")) -}}
{{- $problems = append $problems (printf "postgres.parameters.wal_level: with %s Postgres can have neither replicas nor slots; leave it out, then it is logical" .) -}}
{{- else if and $readers (ne . "logical") -}}
{{- $problems = append $problems (printf "postgres.parameters.wal_level: a relay reads the write-ahead log of %s, which takes logical and not %s; leave it out, or set the relay's source to table" (join ", " $readers) .) -}}
{{- end -}}
{{- end -}}
{{- if ge (int $postgres.synchronousReplicas) (int $postgres.instances) -}}
{{- $problems = append $problems (printf "postgres.synchronousReplicas: %v need more than %v of postgres.instances" $postgres.synchronousReplicas $postgres.instances) -}}
{{- end -}}
{{- else -}}
{{- range $name, $database := include "relevo.databases" $ | fromJson -}}
{{- if not $database.external.existingSecret -}}
{{- $problems = append $problems (printf "postgres.databases.%s.external.existingSecret: name the secret with its URL, since postgres.enabled is false" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $problems -}}
{{- end -}}

{{- /* A size of Postgres (1GB is 1024 MB), of Java (1g is 1024m) or of Kubernetes in MiB. */ -}}
{{- define "relevo.mebibytes" -}}
{{- $units := dict "" 0.00000095367 "m" 1 "g" 1024 "MB" 1 "GB" 1024 "TB" 1048576 "Ki" 0.000976562 "Mi" 1 "Gi" 1024 "Ti" 1048576 "k" 0.000953674 "M" 0.953674 "G" 953.674 "T" 953674 -}}
{{- $text := include "relevo.text" . -}}
{{- mulf (regexFind "^[0-9.]+" $text) (get $units (regexFind "[A-Za-z]*$" $text)) -}}
{{- end -}}
