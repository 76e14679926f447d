import { globSync } from 'node:fs'

/** Test files in the order they run. Those under `tests/` start whole systems of their own, so they run one by one. */
export interface TestFiles {
  shared: string[]
  alone: string[]
}

const pattern = '{packages,services,scripts,bench,tests,k8s,loadtest,drills,proof,systems}/**/*.test.ts'

/** Finds the test files under `root` whose path contains one of `filters`, or all of them without filters. */
export function findTestFiles(root: string, filters: readonly string[]): TestFiles {
  const files = globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] })
    .filter((file) => matches(file, filters))
    .sort()
  return {
    shared: files.filter((file) => !file.startsWith('tests/')),
    alone: files.filter((file) => file.startsWith('tests/')),
  }
}

function matches(file: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => file.includes(filter.replace(/^\.\//, '')))
}
