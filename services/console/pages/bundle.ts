import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type BuiltPages, builtFiles } from './builtFiles.ts'

/** A file of the pages, by a name that changes with its content. */
export interface Asset {
  readonly name: string
  readonly type: string
  readonly bytes: Buffer
  readonly gzipped: Buffer
}

export interface Bundle {
  readonly script: Asset
  readonly style: Asset
}

let bundle: Promise<Bundle> | undefined

/** The pages as browsers load them: the image has them built, elsewhere they are built once in a process. */
export function bundleOnce(): Promise<Bundle> {
  bundle ??= makeBundle()
  return bundle
}

async function makeBundle(): Promise<Bundle> {
  const { script, style } = existsSync(builtFiles.script) ? await readBuilt() : await build()
  return {
    script: await toAsset('console', 'js', 'text/javascript; charset=utf-8', script),
    style: await toAsset('style', 'css', 'text/css; charset=utf-8', style),
  }
}

async function readBuilt(): Promise<BuiltPages> {
  const [script, style] = await Promise.all([readFile(builtFiles.script), readFile(builtFiles.style)])
  return { script, style }
}

/** The bundler is not in the image. */
async function build(): Promise<BuiltPages> {
  const { buildPages } = await import('./buildPages.ts')
  return buildPages()
}

async function toAsset(name: string, ending: string, type: string, contents: Uint8Array): Promise<Asset> {
  const bytes = Buffer.from(contents)
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  return { name: `${name}-${digest}.${ending}`, type, bytes, gzipped: await promisify(gzip)(bytes) }
}
