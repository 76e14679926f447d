import { partsOf, urlVariable } from '../../systems/parts.ts'
import type { System } from '../../systems/system.ts'

/** A pod of `helm test` for each completely installed system. */
export function renderHelmTests(systems: readonly System[]): string {
  const tests = systems.flatMap((system) => {
    const names = partsOf(system).map(({ name }) => name)
    const present = names.map((name) => `(index $services "${name}")`).join(' ')
    const urls = names.map((name) => `"${urlVariable(name)}" "${name}"`).join(' ')
    return [
      '---',
      `{{- if and ${present} }}`,
      `{{- $urls := dict ${urls} }}`,
      `{{ include "relevo.testPod" (dict "root" . "services" $services "system" "${system.name}" "urls" $urls) }}`,
      '{{- end }}',
    ]
  })
  const notice = '{{- /* Generated from systems/: npm run generate. */ -}}'
  return [notice, '{{- $services := (include "relevo.services" . | fromJson).items }}', ...tests, ''].join(
    '\n',
  )
}
