import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { others, othersForDevelopment } from '../init/manifest.ts'
import { runCommand } from '../runCommand.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'relevo-init-'))
const root = resolve(import.meta.dirname, '../../..')
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

async function init(...words: string[]) {
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  return { code: await runCommand(['init', ...words], {}, { out: add, err: add }), text: lines.join('\n') }
}

test('a project is made with the name of its folder, and what to do next is said', async () => {
  const target = join(folder(), 'my-service')
  mkdirSync(join(target, '.git'), { recursive: true })
  const { code, text } = await init(target)
  assert.equal(code, 0, text)
  assert.match(text, /npm install\n.*npm start.*\n.*npm test/)
  const { version } = read(join(root, 'packages/cli/package.json'))
  const { name, dependencies } = read(join(target, 'package.json'))
  assert.deepEqual([name, dependencies['@relevo/outbox']], ['my-service', `^${version}`])
  assert.match(readFileSync(join(target, 'README.md'), 'utf8'), /^# my-service\n/)
  for (const file of ['.gitignore', 'orders.test.ts', 'migrations/0001_orders.sql', 'tsconfig.json'])
    assert.ok(existsSync(join(target, file)), file)
})

test('a folder with something in it, a file, and a name that no package can have are refused, and nothing is written', async () => {
  const full = folder()
  writeFileSync(join(full, 'mine'), '')
  writeFileSync(join(full, 'more'), '')
  const wrong: [string, RegExp][] = [
    [full, /is not empty: it has mine and 1 more\. Name a new folder/],
    [join(full, 'mine'), /is a file\. Name a new folder/],
    [join(full, 'ñandú'), /cannot be the name of a package/],
  ]
  for (const [target, message] of wrong) {
    const { code, text } = await init(target)
    assert.equal(code, 2, text)
    assert.match(text, message)
  }
  assert.deepEqual(readdirSync(full).sort(), ['mine', 'more'])
})

test('the packages come from a folder of tarballs where one is named, and it is said when that has none', async () => {
  const packages = folder()
  const names = ['contracts', 'inbox', 'kafka', 'kit', 'outbox', 'relay', 'cli', 'embedded', 'backoff']
  for (const name of names) writeFileSync(join(packages, `relevo-${name}-0.1.0.tgz`), '')
  const target = join(folder(), 'it')
  assert.equal((await init(target, '--packages', packages)).code, 0)
  const { dependencies, devDependencies } = read(join(target, 'package.json'))
  assert.equal(dependencies['@relevo/backoff'], `file:${packages}/relevo-backoff-0.1.0.tgz`)
  assert.equal(devDependencies['@relevo/cli'], `file:${packages}/relevo-cli-0.1.0.tgz`)
  const none = await init(join(folder(), 'it'), '--packages', folder())
  assert.match(none.text, /has no tarballs of Relevo\. Make them: npm run pack/)
  assert.equal(none.code, 2)
})

test('a project has the versions that the packages are tested with', () => {
  const { devDependencies } = read(join(root, 'package.json'))
  const kit = read(join(root, 'packages/kit/package.json')).dependencies
  for (const [name, version] of Object.entries(others)) assert.equal(version, kit[name], name)
  for (const [name, version] of Object.entries(othersForDevelopment))
    assert.equal(version, devDependencies[name], name)
})
