// node --experimental-import-meta-resolve scripts/bundleDependencies.ts FOLDER: writes the packages that most processes
// load as one file each, and into bundles.json which file stands for which module.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
/** Those that take 10 ms or more to load. */
const packages = [
  '@opentelemetry/api',
  '@redis/client',
  'express',
  'jose',
  'nodemailer',
  'pg',
  'pino',
  'prom-client',
  'undici',
  'uuid',
  'zod',
]

/** What importing and requiring the packages leads to, from each of the workspaces: there are several versions. */
function modulesOfPackages(): string[] {
  const workspaces = ['packages', 'services'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'package.json')),
  )
  const found = workspaces.filter(existsSync).flatMap((manifest) =>
    packages.flatMap((name) => {
      const required = createRequire(manifest).resolve(name)
      return [import.meta.resolve(name, pathToFileURL(manifest)), pathToFileURL(required).href]
    }),
  )
  return [...new Set(found)]
}

/** Names each export, which of a CommonJS module nobody sees but Node.js; its whole is what requiring it leads to. */
async function reexport(module: string): Promise<string> {
  const whole = 'module.exports'
  const from = JSON.stringify(fileURLToPath(module))
  const names = Object.keys(await import(module))
  const named = names.filter((name) => name !== whole).map((name) => JSON.stringify(name))
  const isCommonJs = names.includes(whole)
  return [
    `export { ${named.join(', ')} } from ${from}`,
    ...(isCommonJs
      ? [`import it from ${from}`, `const all = it`, `export { all as ${JSON.stringify(whole)} }`]
      : []),
  ].join('\n')
}

const [, , folder] = process.argv
if (!folder) throw new Error('Name the folder to write.')
const entries = join(folder, 'entries')
mkdirSync(entries, { recursive: true })
const modules = modulesOfPackages()
const names = modules.map((module) => relative(root, fileURLToPath(module)).replaceAll(/[^a-z0-9]+/gi, '-'))
for (const [n, module] of modules.entries())
  writeFileSync(join(entries, `${names[n]}.mjs`), await reexport(module))
await build({
  entryPoints: names.map((name) => join(entries, `${name}.mjs`)),
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  platform: 'node',
  conditions: [], // those of Node.js alone
  format: 'esm',
  minifyWhitespace: true,
  lineLimit: 200, // an error that nobody catches is shown with its line
  keepNames: true,
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  logLevel: 'warning',
})
rmSync(entries, { recursive: true })
writeFileSync(
  join(folder, 'bundles.json'),
  JSON.stringify(Object.fromEntries(modules.map((module, n) => [module, `${names[n]}.mjs`]))),
)
