// Which folder may import from which, read from the imports themselves: DESIGN's arrows point one way.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const folders = '{packages,services,systems,proof,k8s,loadtest,drills,bench,scripts,tests,demo,observe}'
const files = globSync(`${folders}/**/*.ts`, { cwd: root, exclude: ['**/node_modules/**'] })

/** The files and packages that a file imports, types included: paths from the root, `packages/x` for `@relevo/x`. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/(?:from |import |import\()'([^']+)'/g)].flatMap(([, target = '']) => {
    if (target.startsWith('.')) return [normalize(join(dirname(file), target))]
    const [, name] = /^@relevo\/([\w-]+)/.exec(target) ?? []
    if (name === undefined) return []
    return [name.endsWith('-service') ? `services/${name.slice(0, -'-service'.length)}` : `packages/${name}`]
  })
}

/** Without what only the compiler needs. */
function withoutTypes(text: string): string {
  return text.replace(/^(?:import|export) type [^;]*? from '[^']+'$/gm, '')
}

const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const imports = new Map([...texts].map(([file, text]) => [file, importsOf(file, text)]))

/** A package or a service by its folder, anything else by its first one. */
function areaOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return first === 'packages' || first === 'services' ? `${first}/${second}` : first
}

function arrowsFrom(isFrom: (area: string, file: string) => boolean): [file: string, to: string][] {
  return files
    .filter((file) => isFrom(areaOf(file), file))
    .flatMap((file) => (imports.get(file) ?? []).map((to): [string, string] => [file, areaOf(to)]))
    .filter(([file, to]) => to !== areaOf(file))
}

function assertOnly(arrows: readonly [string, string][], isAllowed: (to: string) => boolean): void {
  const wrong = arrows.filter(([, to]) => !isAllowed(to)).map(([file, to]) => `${file} imports ${to}`)
  assert.deepEqual(wrong, [])
}

const isCode = (file: string) => !/\.test\.ts$|Harness\.ts$|testTopic\.ts$/.test(file)
const libraries = [
  'backoff',
  'cursor',
  'origin',
  'outbox',
  'inbox',
  'relay',
  'kafka',
  'contracts',
  'event-store',
  'saga',
  'ledger',
]

test('the imports of this repository are found', () => {
  const text = `import { a } from './b.ts'\nimport '../c.ts'\nconst d = await import('@relevo/kit/migration')`
  assert.deepEqual(importsOf('proof/x/a.ts', text), ['proof/x/b.ts', 'proof/c.ts', 'packages/kit'])
  assert.ok(arrowsFrom((area) => area === 'systems').some(([, to]) => to === 'packages/contracts'))
})

test('packages know neither services nor systems, nor what is around them', () => {
  assertOnly(
    arrowsFrom((area, file) => area.startsWith('packages/') && isCode(file)),
    (to) => to.startsWith('packages/'),
  )
})

test('libraries import libraries only', () => {
  const allowed = libraries.map((name) => `packages/${name}`)
  assertOnly(
    arrowsFrom((area, file) => allowed.includes(area) && isCode(file)),
    (to) => allowed.includes(to),
  )
})

test('outbox, inbox and relay do not import each other', () => {
  const three = ['packages/outbox', 'packages/inbox', 'packages/relay']
  assertOnly(
    arrowsFrom((area, file) => three.includes(area) && isCode(file)),
    (to) => !three.includes(to),
  )
})

test('systems import packages only, and services import systems and packages', () => {
  assertOnly(
    arrowsFrom((area, file) => area === 'systems' && !isShared(file) && isCode(file)),
    (to) => to === 'packages/contracts',
  )
  assertOnly(
    arrowsFrom((_area, file) => isShared(file)),
    (to) => to.startsWith('packages/'),
  )
  assertOnly(
    arrowsFrom((area, file) => area.startsWith('services/') && isCode(file)),
    (to) => to.startsWith('packages/') || to === 'systems',
  )
})

/** A database that services of a system share, or a body that the gateway checks before the service does. */
const isShared = (file: string) => /^systems\/(?:databases|bodies)\//.test(file)

test('what runs in a container imports neither test helpers nor embedded servers', () => {
  const inImage = (area: string, file: string) =>
    isCode(file) && (area === 'systems' || area.startsWith('services/') || area === 'packages/kit')
  assertOnly(arrowsFrom(inImage), (to) => to !== 'packages/embedded' && to !== 'packages/testing')
})

test('loadtest and drills do not know each other, and nothing that they use knows them', () => {
  assertOnly(
    arrowsFrom((area) => ['proof', 'k8s', 'systems', 'scripts'].includes(area)),
    (to) => to !== 'loadtest' && to !== 'drills',
  )
  assertOnly(
    arrowsFrom((area) => area === 'loadtest'),
    (to) => to !== 'drills',
  )
  assertOnly(
    arrowsFrom((area) => area === 'drills'),
    (to) => to !== 'loadtest',
  )
  assertOnly(
    arrowsFrom((area) => area === 'k8s'),
    (to) => to !== 'proof',
  )
})

test('no files load each other in a circle', () => {
  const loads = new Map([...texts].map(([file, text]) => [file, importsOf(file, withoutTypes(text))]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file) || path.includes(file)) return
    for (const target of loads.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  assert.deepEqual(circles, [])
})

test('k6 can load its scripts: they reach no package', () => {
  const seen = new Set<string>()
  const reach = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const target of imports.get(file) ?? []) reach(target)
  }
  for (const file of files.filter((path) => path.startsWith('loadtest/k6/') && isCode(path))) reach(file)
  assert.ok(seen.has('systems/requests/messages.ts'))
  assert.deepEqual(
    [...seen].filter((path) => path.startsWith('packages/')),
    [],
  )
})
