import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { keepFirst } from '@relevo/embedded'

const run = promisify(execFile)
const kafkaClient = 'packages/kafka/platformatic.ts'
const kafkaBundler = 'packages/kafka/bundleClient.ts'
const packageBundler = 'scripts/bundleDependencies.ts'
const sources = [
  kafkaClient,
  kafkaBundler,
  packageBundler,
  'scripts/dependencyBundles.ts',
  'package-lock.json',
]

/**
 * The option of Node.js by which a process loads the Kafka client as the image has it, and other packages, as one file
 * each: that takes half of the start of a service. The files are made once, and again when what they are made of changes.
 */
export async function bundlesOption(root: string): Promise<string> {
  const digest = createHash('sha256')
  for (const source of sources) digest.update(readFileSync(join(root, source)))
  // Below the checkout: they import packages by their names.
  const folder = join(root, 'node_modules/.cache/relevo', `bundles-${digest.digest('hex').slice(0, 12)}`)
  if (!existsSync(folder)) await makeBundles(root, folder)
  const loader = pathToFileURL(join(import.meta.dirname, 'loadBundles.js'))
  loader.searchParams.set('bundles', pathToFileURL(join(folder, 'bundles.json')).href)
  return `--import=${loader.href}`
}

async function makeBundles(root: string, folder: string): Promise<void> {
  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  await Promise.all([
    run(process.execPath, [join(root, kafkaBundler), join(draft, 'kafka-client.mjs')]),
    run(process.execPath, ['--experimental-import-meta-resolve', join(root, packageBundler), draft]),
  ])
  const list = join(draft, 'bundles.json')
  const bundles = {
    ...JSON.parse(readFileSync(list, 'utf8')),
    [pathToFileURL(join(root, kafkaClient)).href]: 'kafka-client.mjs',
  }
  writeFileSync(list, JSON.stringify(bundles))
  keepFirst(draft, folder)
  rmSync(draft, { recursive: true, force: true })
}
