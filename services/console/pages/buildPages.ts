// node services/console/pages/buildPages.ts: writes the pages where the console looks for them, for the image.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { type BuiltPages, builtFiles } from './builtFiles.ts'

/** Bundles the pages with what they use. */
export async function buildPages(): Promise<BuiltPages> {
  const { outputFiles } = await esbuild.build({
    entryPoints: {
      console: fileURLToPath(new URL('../web/main.tsx', import.meta.url)),
      style: fileURLToPath(new URL('../web/style.css', import.meta.url)),
    },
    outdir: '/',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: '{}', // all that holds is said here
    logLevel: 'silent',
  })
  await esbuild.stop() // its process is no longer needed
  const find = (ending: string) => {
    const found = outputFiles.find(({ path }) => path.endsWith(ending))
    if (found === undefined) throw new Error(`The bundler has made no ${ending}.`)
    return found.contents
  }
  return { script: find('.js'), style: find('.css') }
}

if (import.meta.main) {
  const { script, style } = await buildPages()
  await mkdir(dirname(builtFiles.script), { recursive: true })
  await writeFile(builtFiles.script, script)
  await writeFile(builtFiles.style, style)
}
