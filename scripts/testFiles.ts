import { globSync } from 'node:fs'

const pattern =
  '{packages,services,scripts,bench,tests,k8s,loadtest,demo,drills,proof,systems,observe}/**/*.test.ts'

/** Begun last, one of these would keep a run up on its own. The longest first, as the end of a run tells. */
export const longest = [
  'tests/systems/shop.test.ts',
  'tests/start.test.ts',
  'tests/systems/users.test.ts',
  'tests/systems/commissions.test.ts',
  'tests/systems/messages.test.ts',
  'tests/faults/streamBroken.test.ts',
  'tests/newService.test.ts',
  'services/console/pages.test.ts',
  'tests/commissionsScenarios.test.ts',
  'k8s/chartRules.test.ts',
  'k8s/chartValues.test.ts',
  'tests/faults/relayKilled.test.ts',
  'packages/kafka/takeover.test.ts',
  'tests/credentials.test.ts',
  'services/relay/manyOutboxes.test.ts',
  'tests/seedScenarios.test.ts',
  'services/messages/cache/cache.test.ts',
]

/** Of the others the longer ones are in these folders. */
const first = ['tests', 'services', 'packages']

/** The test files under `root` whose path contains one of `filters`, or all without filters, in the order to run them. */
export function findTestFiles(root: string, filters: readonly string[]): string[] {
  const files = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] })
    .filter((file) => matches(file, filters))
    .sort()
  const isOf = (folder: string) => (file: string) => file.startsWith(`${folder}/`)
  const others = files.filter((file) => !first.some((folder) => isOf(folder)(file)))
  const ordered = [...first.flatMap((folder) => files.filter(isOf(folder))), ...others]
  return [
    ...longest.filter((file) => files.includes(file)),
    ...ordered.filter((file) => !longest.includes(file)),
  ]
}

function matches(file: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => file.includes(filter.replace(/^\.\//, '')))
}
