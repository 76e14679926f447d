// Follows docs/new-service.md in a copy of this checkout.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, globSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryDirectory } from '@relevo/embedded'
import { createTestDatabase, testServers } from '@relevo/testing'
import { getUntil } from './support/http.ts'
import { serviceUnderTest } from './support/serviceUnderTest.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const document = readFileSync(join(root, 'docs/new-service.md'), 'utf8')

/** What `npm run generate` and its siblings write. */
const generated = [
  'charts/relevo/files/variables.json',
  'charts/relevo/templates/_tryIt.tpl',
  'charts/relevo/templates/tests/systems.yaml',
  'charts/relevo/values.yaml',
  'docs/asyncapi.yaml',
  'docs/reference/configuration.md',
  'docs/reference/events.md',
  'docs/reference/http.md',
  'docs/running.md',
  'k8s/kind-values.yaml',
  'kind-config.yaml',
  'services/gateway/routing/routes.generated.json',
  'systems/index.ts',
]

function copyOfCheckout(t: TestContext): string {
  const copy = join(temporaryDirectory(), 'checkout')
  t.after(() => rmSync(copy, { recursive: true, force: true }))
  const left = ['node_modules', '.git', '.relevo']
  cpSync(root, copy, { recursive: true, filter: (path) => !left.includes(basename(path)) })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

function digests(directory: string): Map<string, string> {
  const files = globSync('**/*', { cwd: directory, exclude: ['node_modules'] })
    .filter((file) => !file.startsWith('node_modules') && statSync(join(directory, file)).isFile())
    .map(
      (file) =>
        [
          file,
          createHash('sha256')
            .update(readFileSync(join(directory, file)))
            .digest('hex'),
        ] as const,
    )
  return new Map(files)
}

test('a service made by the document runs, and only its folder, its system and what is generated changed', async (t) => {
  const [, name = ''] = /^ {4}npm run new -- ([\w-]+)$/m.exec(document) ?? []
  assert.notEqual(name, '')
  const copy = copyOfCheckout(t)
  const before = digests(copy)
  const script = (...args: string[]) => run(process.execPath, ['scripts/launch.js', ...args], { cwd: copy })

  await script('new', name)
  const after = digests(copy)
  const changed = [...after.keys()].filter((file) => after.get(file) !== before.get(file))
  const own = (file: string) => file.startsWith(`services/${name}/`) || file === `systems/${name}.ts`
  assert.deepEqual(
    changed.filter((file) => !own(file)).sort(),
    [...generated, `docs/openapi/${name}.json`].sort(),
  )
  assert.deepEqual(
    [...before.keys()].filter((file) => !after.has(file)),
    [],
  )
  for (const [, file = ''] of document.matchAll(/^\| `([^|]+)` \|/gm))
    for (const each of file.split('`, `'))
      assert.ok(
        changed.some((path) => path.includes(each.replace(/^systems\//, ''))),
        each,
      )
  await script('generate', '--check')
  const lint = ['check', '--error-on-warnings', `services/${name}`, 'systems', 'docs/openapi']
  await run(join(root, 'node_modules/.bin/biome'), lint, { cwd: copy })
  await run(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--project', copy], { cwd: copy })
  await run(process.execPath, ['--test', 'systems/systems.test.ts', 'scripts/arrows.test.ts'], {
    cwd: copy,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  })
  await assert.rejects(script('new', name), { code: 2, stderr: /There is a system or a service/ })

  const database = await createTestDatabase()
  t.after(() => database.drop())
  const { brokers } = await testServers()
  const env = { DATABASE_URL: database.url, KAFKA_BROKERS: brokers.join(',') }
  await run(process.execPath, [join(copy, `services/${name}/database.ts`)], {
    env: { ...process.env, ...env },
  })
  const service = await serviceUnderTest(name, env, copy)
  const relay = await serviceUnderTest('relay', { ...env, EVENT_SOURCE: `/relevo/${name}` }, copy)
  t.after(() => Promise.all([service.kill(), relay.kill()]))
  await Promise.all([service.start(), relay.start()])

  const post = (body: object) =>
    fetch(`${service.url}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  assert.equal((await post({ text: '' })).status, 400)
  const answer = await post({ text: 'Hola' })
  assert.deepEqual([answer.status, await answer.json()], [201, { event: 1 }])
  const { entries } = await getUntil(`${service.url}/${name}`, (body) => body.entries.length === 1)
  assert.deepEqual(entries, [{ id: 1, text: 'Hola' }])
  assert.equal((await fetch(`${service.url}/stats`)).status, 200)
  assert.equal(await service.stop(), 0)
})
