import { globSync } from 'node:fs'

const pattern = '{packages,services,scripts,bench,tests,k8s,loadtest,demo,drills,proof,systems}/**/*.test.ts'

/** The longest files are in these folders: begun last, one of them would keep a run up on its own. */
const first = ['tests', 'services', 'packages']

/** The test files under `root` whose path contains one of `filters`, or all without filters, in the order to run them. */
export function findTestFiles(root: string, filters: readonly string[]): string[] {
  const files = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] })
    .filter((file) => matches(file, filters))
    .sort()
  const isOf = (folder: string) => (file: string) => file.startsWith(`${folder}/`)
  const others = files.filter((file) => !first.some((folder) => isOf(folder)(file)))
  return [...first.flatMap((folder) => files.filter(isOf(folder))), ...others]
}

function matches(file: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => file.includes(filter.replace(/^\.\//, '')))
}
