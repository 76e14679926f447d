import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './dataDirectory.ts'
import { bundlesOption } from './dependencyBundles.ts'

const program = `
  import { createRequire, registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
  const [, manifest, specifier] = process.argv
  const require = createRequire(manifest)
  const path = require.resolve(specifier)
  const whole = await import(import.meta.resolve(specifier, new URL('file://' + manifest)))
  const names = Object.keys(whole).sort()
  const isSame = require(path) === (whole['module.exports'] ?? whole)
  console.log(JSON.stringify({ names, isSame, files: loaded.filter((url) => url.startsWith('file:')).length }))`

interface Loaded {
  readonly names: readonly string[]
  /** Whether requiring leads to the same objects as importing. */
  readonly isSame: boolean
  readonly files: number
}

function load(workspace: string, specifier: string, ...options: string[]): Loaded {
  const flags = ['--experimental-import-meta-resolve', '--input-type=module', '--eval', program]
  const args = [...flags, join(root, workspace, 'package.json'), specifier]
  const env = { PATH: process.env.PATH } // without the option, which npm test has set
  return JSON.parse(execFileSync(process.execPath, [...options, ...args], { env, encoding: 'utf8' }))
}

const cases = [
  { workspace: 'packages/kafka', specifier: join(root, 'packages/kafka/platformatic.ts'), mostFiles: 10 },
  { workspace: 'packages/kit', specifier: 'zod', mostFiles: 3 },
  { workspace: 'packages/kit', specifier: 'express', mostFiles: 3 },
  { workspace: 'packages/kit', specifier: 'pg', mostFiles: 4 },
  { workspace: 'packages/outbox', specifier: 'uuid', mostFiles: 3 },
]

for (const { workspace, specifier, mostFiles } of cases)
  test(`a process with the option loads ${specifier.replace(`${root}/`, '')} from few files, which have the same`, async () => {
    const whole = load(workspace, specifier)
    const bundled = load(workspace, specifier, await bundlesOption(root))
    assert.ok(whole.files > 2 * mostFiles, `${whole.files} files`)
    assert.ok(bundled.files <= mostFiles, `${bundled.files} files`)
    assert.deepEqual(bundled.names, whole.names)
    assert.equal(bundled.isSame, whole.isSame)
  })
