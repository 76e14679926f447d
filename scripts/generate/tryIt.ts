import { basename } from 'node:path'
import { withUrls } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'

/** What NOTES.txt says to try, of the services that are installed. */
export function renderTryIt(systems: readonly System[]): string {
  const commands = systems.flatMap((system) => [
    ...system.tryIt.map(command),
    ...eventsFiles(system).map(showFile),
  ])
  const lines = [
    '{{- /* Generated from systems/: npm run generate. Takes root and services. */ -}}',
    '{{- define "relevo.tryIt" -}}',
    '{{- $full := include "relevo.fullname" .root }}',
    '{{- $gateway := .root.Values.gateway }}',
    '{{- $namespace := .root.Release.Namespace }}',
    '{{- $routes := include "relevo.routes" .root | fromJson }}',
    ...commands.flat(),
    '{{- end -}}',
    '',
  ]
  return lines.join('\n')
}

/** By a forwarded port, or by the gateway where there is one. */
function command(line: string): string[] {
  const [, name = ''] = /\{([a-z0-9-]+)\}/.exec(line) ?? []
  const host = '{{ $gateway.host | default "<gateway>" }}'
  return [
    `{{- with index .services "${name}" }}`,
    '{{- if eq $gateway.type "none" }}',
    '',
    `  kubectl -n {{ $namespace }} port-forward svc/{{ $full }}-${name} {{ .port | int64 }}`,
    `  ${withUrls(line, () => 'http://localhost:{{ .port | int64 }}')}`,
    `{{- else if hasKey $routes "${name}" }}`,
    '',
    `  ${withUrls(line, () => `http://${host}/api{{ get $routes "${name}" }}`)}`,
    '{{- end }}',
    '{{- end }}',
  ]
}

function eventsFiles({ flows }: System): { consumer: string; file: string }[] {
  return flows.flatMap(({ consumer, effects: { list } }) =>
    typeof list === 'string' ? [] : [{ consumer, file: basename(list.path) }],
  )
}

function showFile({ consumer, file }: { consumer: string; file: string }): string[] {
  return [
    `{{- with index .services "${consumer}" }}`,
    '{{- if .volume }}',
    `  kubectl -n {{ $namespace }} exec {{ $full }}-${consumer}-0 -- tail -n 5 {{ .volume.path }}/${file}`,
    '{{- end }}',
    '{{- end }}',
  ]
}
