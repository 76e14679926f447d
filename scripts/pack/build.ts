import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { CommandError } from '../commandLine.ts'
import { nameJavaScript, publishedManifest, type SourceManifest } from './manifest.ts'
import { type Published, published } from './published.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const packages = join(root, 'packages')
const compileBudgetMs = 120_000
const packBudgetMs = 60_000

/**
 * Compiles what is published into a folder for each package of `directory` and makes a tarball of each in it.
 * @returns the tarballs, in the order of {@link published}.
 * @throws CommandError `cannotRun` with the compiler's words.
 */
export async function buildPackages(directory: string): Promise<string[]> {
  const sources = join(directory, 'packages')
  mkdirSync(sources, { recursive: true })
  await compile(directory, sources)
  const { devDependencies = {} } = readManifest(root)
  for (const one of published) finish(one, join(sources, one.folder), devDependencies)
  const folders = published.map(({ folder }) => join(sources, folder))
  const args = ['pack', '--json', '--pack-destination', directory, ...folders]
  const { stdout } = await run('npm', args, { cwd: directory, timeout: packBudgetMs })
  const packed = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>
  return Object.values(packed).map(({ filename }) => join(directory, filename))
}

async function compile(directory: string, outDir: string): Promise<void> {
  const files = published.flatMap(({ folder }) => entriesOf(join(packages, folder)))
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    target: 'es2023',
    // By way of node_modules they would be somebody else's, of whom nothing is compiled.
    paths: Object.fromEntries(published.flatMap(({ folder }) => pathsOf(join(packages, folder)))),
    rootDir: packages,
    outDir,
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }
  const file = join(directory, 'tsconfig.json')
  writeFileSync(file, JSON.stringify(config, undefined, 2))
  await run(join(root, 'node_modules/.bin/tsc'), ['--project', file], {
    timeout: compileBudgetMs,
  }).catch((error: Error & { stdout?: string }) => {
    throw new CommandError('cannotRun', `The packages do not compile:\n${error.stdout ?? error.message}`, {
      cause: error,
    })
  })
}

/** What others import it by, and the file that it is. */
function pathsOf(folder: string): [string, string[]][] {
  const { name, exports = {} } = readManifest(folder)
  return Object.entries(exports).map(([path, file]) => [`${name}${path.slice(1)}`, [join(folder, file)]])
}

/** The files that others import or run. */
function entriesOf(folder: string): string[] {
  const { exports = {}, bin = {} } = readManifest(folder)
  return [...new Set([...Object.values(exports), ...Object.values(bin)])].map((file) => join(folder, file))
}

function readManifest(folder: string): SourceManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Adds to what was compiled what else belongs to the package. */
function finish(one: Published, target: string, versions: Readonly<Record<string, string>>): void {
  const source = join(packages, one.folder)
  for (const file of filesOf(target, '.d.ts')) writeFileSync(file, nameJavaScript(readFileSync(file, 'utf8')))
  for (const folder of [...migrationsOf(source), ...templateOf(source)])
    cpSync(folder, join(target, relative(source, folder)), { recursive: true })
  for (const file of [join(source, 'README.md'), join(root, 'LICENSE')])
    if (existsSync(file)) cpSync(file, join(target, file.slice(file.lastIndexOf('/') + 1)))
  const manifest = publishedManifest(readManifest(source), one, versions)
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
}

function filesOf(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
}

/** What `relevo init` copies. */
function templateOf(source: string): string[] {
  const folder = join(source, 'template')
  return existsSync(folder) ? [folder] : []
}

/** Folders of migrations, but not those of tests. */
function migrationsOf(source: string): string[] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === 'migrations')
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((folder) => !/\/(node_modules|fixtures|template)\//.test(folder))
}
