{{- /* Generated from systems/: npm run generate. Takes root and services. */ -}}
{{- define "relevo.tryIt" -}}
{{- $full := include "relevo.fullname" .root }}
{{- $gateway := .root.Values.gateway }}
{{- $namespace := .root.Release.Namespace }}
{{- $routes := include "relevo.routes" .root | fromJson }}
{{- with index .services "messages" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-messages {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/messages -H 'content-type: application/json' -d '{"content":"Hola"}'
{{- else if hasKey $routes "messages" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "messages" }}/messages -H 'content-type: application/json' -d '{"content":"Hola"}'
{{- end }}
{{- end }}
{{- with index .services "commissions" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-commissions {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/commissions/calculate -H 'content-type: application/json' -d '{"conversionId":"c-1","affiliateId":"aff-1","campaignId":"cmp-1","grossAmount":120.5,"currency":"USD"}'
{{- else if hasKey $routes "commissions" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "commissions" }}/commissions/calculate -H 'content-type: application/json' -d '{"conversionId":"c-1","affiliateId":"aff-1","campaignId":"cmp-1","grossAmount":120.5,"currency":"USD"}'
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
{{- else if hasKey $routes "inventory" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "inventory" }}/products -H 'content-type: application/json' -d '{"name":"Producto Test","description":"Descripción del producto","price":99.99,"stock_quantity":50,"min_stock_level":10}'
{{- end }}
{{- end }}
{{- with index .services "orders" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-orders {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/orders -H 'content-type: application/json' -H 'prefer: wait=5' -d '{"order_type":"sell","customer_name":"Cliente Test","customer_email":"cliente@test.com","items":[{"product_id":1,"product_name":"Producto Test","quantity":2,"unit_price":99.99}]}'
{{- else if hasKey $routes "orders" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "orders" }}/orders -H 'content-type: application/json' -H 'prefer: wait=5' -d '{"order_type":"sell","customer_name":"Cliente Test","customer_email":"cliente@test.com","items":[{"product_id":1,"product_name":"Producto Test","quantity":2,"unit_price":99.99}]}'
{{- end }}
{{- end }}
{{- with index .services "orders" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-orders {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/orders/stats
{{- else if hasKey $routes "orders" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "orders" }}/orders/stats
{{- end }}
{{- end }}
{{- with index .services "payments" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-payments {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/payments
{{- else if hasKey $routes "payments" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "payments" }}/payments
{{- end }}
{{- end }}
{{- with index .services "shop-notifications" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-shop-notifications {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/notifications
{{- else if hasKey $routes "shop-notifications" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "shop-notifications" }}/notifications
{{- end }}
{{- end }}
{{- with index .services "monitor" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-monitor {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/dashboard
{{- else if hasKey $routes "monitor" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "monitor" }}/dashboard
{{- end }}
{{- end }}
{{- with index .services "users" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-users {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/users -H 'content-type: application/json' -d '{"name":"Ana Pérez","email":"ana@example.com","password":"correct horse battery"}'
{{- else if hasKey $routes "users" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "users" }}/users -H 'content-type: application/json' -d '{"name":"Ana Pérez","email":"ana@example.com","password":"correct horse battery"}'
{{- end }}
{{- end }}
{{- with index .services "users" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-users {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/users
{{- else if hasKey $routes "users" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "users" }}/users
{{- end }}
{{- end }}
{{- with index .services "users" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-users {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/.well-known/jwks.json
{{- else if hasKey $routes "users" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "users" }}/.well-known/jwks.json
{{- end }}
{{- end }}
{{- with index .services "profiles" }}
{{- if eq $gateway.type "none" }}

  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-profiles {{ .port | int64 }}
  curl -sS http://localhost:{{ .port | int64 }}/profiles
{{- else if hasKey $routes "profiles" }}

  curl -sS http://{{ $gateway.host | default "<gateway>" }}/api{{ get $routes "profiles" }}/profiles
{{- end }}
{{- end }}
{{- end -}}
