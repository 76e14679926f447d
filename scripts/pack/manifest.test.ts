import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { firstExample } from './example.ts'
import { nameJavaScript, publishedManifest } from './manifest.ts'
import { nameOf, published } from './published.ts'

const packages = join(import.meta.dirname, '../../packages')
const one = { folder: 'thing', node: '>=20', description: 'A thing' }
const versions = { '@types/pg': '^8.0.0' }

test('a library names JavaScript and declarations, and leaves pg, zod and prom-client to whoever installs it', () => {
  const manifest = publishedManifest(
    {
      name: '@relevo/thing',
      version: '1.2.3',
      exports: { '.': './index.ts', './sub': './adapters/sub.ts' },
      dependencies: { '@relevo/other': '1.2.3', pg: '^8', uuid: '^14', zod: '^4' },
      peerDependencies: { kysely: '>=0.27' },
      peerDependenciesMeta: { kysely: { optional: true } },
    },
    one,
    versions,
  )
  assert.deepEqual(manifest.exports, {
    '.': { types: './index.d.ts', default: './index.js' },
    './sub': { types: './adapters/sub.d.ts', default: './adapters/sub.js' },
  })
  assert.deepEqual(manifest.dependencies, { '@relevo/other': '1.2.3', uuid: '^14', '@types/pg': '^8.0.0' })
  assert.deepEqual(manifest.peerDependencies, { pg: '^8', zod: '^4', kysely: '>=0.27' })
  assert.deepEqual(manifest.peerDependenciesMeta, { kysely: { optional: true } })
  assert.equal('private' in manifest, false)
})

test('a program brings what it needs', () => {
  const source = { name: 'p', version: '1.0.0', bin: { p: './p.ts' }, dependencies: { pg: '^8' } }
  const manifest = publishedManifest(source, one, versions)
  assert.deepEqual(manifest.bin, { p: './p.js' })
  assert.deepEqual(manifest.dependencies, { pg: '^8', '@types/pg': '^8.0.0' })
  assert.equal('peerDependencies' in manifest, false)
})

test('declarations name JavaScript in relative imports, and nothing else is changed', () => {
  const text = `import { a } from './a.ts'\nexport type B = import("../b/c.ts").B\nexport * from '@relevo/x.ts'\n`
  assert.equal(
    nameJavaScript(text),
    `import { a } from './a.js'\nexport type B = import("../b/c.js").B\nexport * from '@relevo/x.ts'\n`,
  )
})

test('what is published uses only what is published before it', () => {
  const known = new Set<string>()
  for (const { folder } of published) {
    const { name, dependencies = {} } = JSON.parse(
      readFileSync(join(packages, folder, 'package.json'), 'utf8'),
    )
    for (const used of Object.keys(dependencies).filter((each) => each.startsWith('@relevo/')))
      assert.ok(known.has(used), `${name} uses ${used}`)
    known.add(name)
  }
  const left = readdirSync(packages).filter((folder) => !published.some((each) => each.folder === folder))
  assert.deepEqual(left, ['testing'])
})

test('each library has a README whose first example is run', () => {
  const libraries = [
    'contracts',
    'kafka',
    'outbox',
    'inbox',
    'relay',
    'event-store',
    'saga',
    'ledger',
    'embedded',
  ]
  for (const folder of libraries) assert.ok(firstExample(join(packages, folder)), folder)
  for (const { folder } of published)
    assert.match(
      readFileSync(join(packages, folder, 'README.md'), 'utf8'),
      new RegExp(`^# ${nameOf(folder)}\\n`),
    )
})
