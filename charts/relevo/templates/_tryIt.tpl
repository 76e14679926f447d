{{- /* Generated from systems/: npm run generate. Takes root and services. */ -}}
{{- define "relevo.tryIt" -}}
{{- $full := include "relevo.fullname" .root }}
{{- $gateway := .root.Values.gateway }}
{{- $namespace := .root.Release.Namespace }}
{{- $routed := list }}
{{- range include "relevo.routes" .root | fromYamlArray }}
{{- $routed = append $routed .service }}
{{- end }}
{{- with index .services "messages" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-messages {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/messages -H 'content-type: application/json' -d '{"content":"Hola"}'
{{- else if has "messages" $routed }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/messages -H 'content-type: application/json' -d '{"content":"Hola"}'
{{- end }}
{{- end }}
{{- with index .services "commissions" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-commissions {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/commissions/calculate -H 'content-type: application/json' -d '{"conversionId":"c-1","affiliateId":"aff-1","campaignId":"cmp-1","grossAmount":120.5,"currency":"USD"}'
{{- else if has "commissions" $routed }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/commissions/calculate -H 'content-type: application/json' -d '{"conversionId":"c-1","affiliateId":"aff-1","campaignId":"cmp-1","grossAmount":120.5,"currency":"USD"}'
{{- end }}
{{- end }}
{{- with index .services "notifications" }}
{{- if .volume }}
  kubectl -n {{ $namespace }} exec {{ $full }}-notifications-0 -- tail -n 5 {{ .volume.path }}/events.jsonl
{{- end }}
{{- end }}
{{- with index .services "inventory" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-inventory {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/products -H 'content-type: application/json' -d '{"name":"Producto Test","description":"Descripción del producto","price":99.99,"stock_quantity":50,"min_stock_level":10}'
{{- else if has "inventory" $routed }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/products -H 'content-type: application/json' -d '{"name":"Producto Test","description":"Descripción del producto","price":99.99,"stock_quantity":50,"min_stock_level":10}'
{{- end }}
{{- end }}
{{- with index .services "inventory" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-inventory {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/products/1/stock -H 'content-type: application/json' -d '{"quantity_change":-5,"movement_type":"sale","reference_id":"ORDER-123","notes":"Venta de producto"}'
{{- else if has "inventory" $routed }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/products/1/stock -H 'content-type: application/json' -d '{"quantity_change":-5,"movement_type":"sale","reference_id":"ORDER-123","notes":"Venta de producto"}'
{{- end }}
{{- end }}
{{- end -}}
