import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const bundler = 'packages/kafka/bundleClient.ts'
const sources = ['packages/kafka/platformatic.ts', bundler, 'package-lock.json']

/**
 * The option of Node.js by which a process loads the Kafka client as the image has it, as one file: that takes half of the
 * start of a service. The file is made once, and again when what it is made of changes.
 */
export async function kafkaClientOption(root: string): Promise<string> {
  const digest = createHash('sha256')
  for (const source of sources) digest.update(readFileSync(join(root, source)))
  // Below the checkout: it imports packages by their names.
  const folder = join(root, 'node_modules/.cache/relevo')
  const bundle = join(folder, `kafka-client-${digest.digest('hex').slice(0, 12)}.mjs`)
  if (!existsSync(bundle)) {
    mkdirSync(folder, { recursive: true })
    const draft = `${bundle}.${process.pid}`
    await run(process.execPath, [join(root, bundler), draft])
    renameSync(draft, bundle)
  }
  const loader = pathToFileURL(join(import.meta.dirname, 'loadKafkaClient.js'))
  loader.searchParams.set('bundle', pathToFileURL(bundle).href)
  return `--import=${loader.href}`
}
