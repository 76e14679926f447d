import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Where the files are in the pod; inside the folder of the services' image, so that their packages are found. */
export const toolboxDirectory = '/app/toolbox'

/**
 * The files of the toolbox by path. The image has the package `ledger`, but no service uses it, so npm did not link it.
 */
export function toolboxFiles(): Record<string, string> {
  const paths = globSync(['proof/*.ts', 'proof/inCluster/program/*.ts', 'systems/**/*.ts'], { cwd: root })
  const files = paths
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const)
  return {
    ...Object.fromEntries(files),
    'node_modules/@relevo/ledger/package.json': '{"type":"module","exports":"./index.js"}',
    'node_modules/@relevo/ledger/index.js': "export * from '/app/packages/ledger/index.ts'",
  }
}

/** The key of a file in a ConfigMap, which allows no slashes. */
export function keyOf(path: string): string {
  return path.replace(/[^\w.-]+/g, '_')
}
