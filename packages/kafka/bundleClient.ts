// node packages/kafka/bundleClient.ts FILE: writes what platformatic.ts names of the Kafka client as one file.
// Its index loads some 480 and compiles 40 schemas, about half of what the start of a service costs.
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const client = '@platformatic/kafka'
const inClient = /[\\/]node_modules[\\/]@platformatic[\\/]kafka[\\/]/

/** No module of the client has side effects, though its package.json does not say so: unused ones are left out. */
const withoutSideEffects: Plugin = {
  name: 'without side effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      const isOwn = path === client || inClient.test(importer)
      if (!isOwn || pluginData === client) return undefined
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: client })
      return { ...found, sideEffects: false }
    })
  },
}

/** Only the classes of the client check their options by schemas, and none of them is used. */
const withoutSchemas: Plugin = {
  name: 'without schemas',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^ajv\/dist\/2020\.js$/ }, ({ path }) => ({ path, namespace: 'without-schemas' }))
    const contents = `export class Ajv2020 {
      addKeyword() {}
      compile() { return () => { throw new Error('The bundle of the Kafka client checks no schema.') } }
    }`
    onLoad({ filter: /.*/, namespace: 'without-schemas' }, () => ({ contents }))
  },
}

const [, , outfile] = process.argv
if (!outfile) throw new Error('Name the file to write.')
await build({
  entryPoints: [fileURLToPath(new URL('platformatic.ts', import.meta.url))],
  outfile,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  external: ['@node-rs/crc32', '@platformatic/wasm-utils'],
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  plugins: [withoutSchemas, withoutSideEffects],
  logLevel: 'warning',
})
