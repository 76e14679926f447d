import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { CommandError } from '../commandLine.ts'
import { type Example, firstExample } from './example.ts'
import { nameOf, published } from './published.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const installBudgetMs = 300_000
const typesBudgetMs = 120_000
const exampleBudgetMs = 60_000

/** What a project of somebody else has besides, in the versions of this repository. */
const ownDependencies = [
  'pg',
  'prom-client',
  'zod',
  'pino',
  'drizzle-orm',
  'kysely',
  '@types/node',
  '@types/pg',
]
const foreign = /^node_modules\/(?!@relevo\/)/
/** How others resolve modules. */
const resolutions = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'esnext', moduleResolution: 'bundler' },
] as const

/** Servers that the examples use. */
export interface Servers {
  readonly databaseUrl: string
  readonly brokers: string
}

/** What is wrong with the tarballs as packages, one line each: by publint and attw. */
export async function lintTarballs(tarballs: readonly string[]): Promise<string[]> {
  const faults: string[] = []
  for (const file of tarballs) {
    const data = readFileSync(file)
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true })
    for (const message of messages) faults.push(`${pkg.name}: ${formatMessage(message, pkg)}`)
    const { problems = [] } = (await checkPackage(createPackageFromTarballData(new Uint8Array(data)))) as {
      problems?: readonly { readonly kind: string; readonly resolutionKind?: string }[]
    }
    for (const problem of problems)
      if (!isMeant(problem)) faults.push(`${pkg.name}: ${JSON.stringify(problem)}`)
  }
  return faults
}

/** The packages are ES modules, and `exports` is all that there is: no file for what does not read it. */
function isMeant({
  kind,
  resolutionKind,
}: {
  readonly kind: string
  readonly resolutionKind?: string
}): boolean {
  return kind === 'CJSResolvesToESM' || resolutionKind === 'node10'
}

/**
 * Installs the tarballs into an empty project, type-checks every export and each README's example by either resolution,
 * and runs the examples.
 * @throws CommandError `cannotRun` that says which step failed, with what was printed.
 */
export async function tryPackages(
  directory: string,
  tarballs: readonly string[],
  servers: Servers,
  print: (line: string) => void,
): Promise<void> {
  const project = join(directory, 'project')
  mkdirSync(project, { recursive: true })
  writeProject(project, tarballs)
  await attempt(
    'npm install',
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: project,
      timeout: installBudgetMs,
    }),
  )
  print('installed into an empty project')
  const examples = published.flatMap(({ folder }) => firstExample(join(root, 'packages', folder)) ?? [])
  for (const { name, source } of examples) writeFileSync(join(project, `${name}.ts`), source)
  writeFileSync(join(project, 'everything.ts'), importEverything())
  for (const resolution of resolutions) {
    await checkTypes(project, resolution)
    print(`type-checked with ${resolution.moduleResolution}`)
  }
  await migrate(project, servers)
  print('the tables are made by npx relevo migrate')
  for (const example of examples) {
    await runExample(project, example, servers)
    print(`${example.name}: the first example of its README runs`)
  }
}

function writeProject(project: string, tarballs: readonly string[]): void {
  const own = ownDependencies.map((name) => [name, installedVersion(name)] as const)
  const packed = tarballs.map(
    (file, index) => [nameOf(published[index]?.folder ?? ''), `file:${file}`] as const,
  )
  const manifest = {
    name: 'somebody',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries([...packed, ...own]),
    allowScripts: readManifest(root).allowScripts,
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest, undefined, 2))
}

function installedVersion(name: string): string {
  return readManifest(join(root, 'node_modules', name)).version
}

function readManifest(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function importEverything(): string {
  return published
    .flatMap(({ folder }) => {
      const { exports = {} } = readManifest(join(root, 'packages', folder))
      return Object.keys(exports).map(
        (path) =>
          `export * as _${folder.replace('-', '')}${path.replaceAll(/\W/g, '')} from '@relevo/${folder}${path.slice(1)}'`,
      )
    })
    .join('\n')
}

/** Declarations are checked too, ours alone: those of other packages have faults of their own. */
async function checkTypes(project: string, resolution: (typeof resolutions)[number]): Promise<void> {
  const file = join(project, `tsconfig.${resolution.moduleResolution}.json`)
  const compilerOptions = { ...resolution, strict: true, noEmit: true, target: 'es2023', types: ['node'] }
  writeFileSync(file, JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const options = { cwd: project, timeout: typesBudgetMs }
  const { stdout } = await run(tsc, ['--project', file, '--pretty', 'false'], options).catch(
    (error: Error & { stdout: string }) => error,
  )
  const faults = stdout
    .split('\n')
    .filter((line) => /^\S+\(\d+,\d+\): error/.test(line) && !foreign.test(line))
  if (faults.length > 0)
    throw new CommandError(
      'cannotRun',
      `Types with ${resolution.moduleResolution} failed:\n${faults.join('\n')}`,
    )
}

async function migrate(project: string, { databaseUrl }: Servers): Promise<void> {
  const env = { ...process.env, DATABASE_URL: databaseUrl }
  const args = ['relevo', 'migrate', 'outbox', 'inbox', 'event-store', 'saga']
  await attempt('npx relevo migrate', run('npx', args, { cwd: project, env, timeout: exampleBudgetMs }))
}

async function runExample(
  project: string,
  { name }: Example,
  { databaseUrl, brokers }: Servers,
): Promise<void> {
  const env = { ...process.env, DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers }
  await attempt(
    `The example of ${name}`,
    run(process.execPath, [`${name}.ts`], { cwd: project, env, timeout: exampleBudgetMs }),
  )
}

async function attempt(what: string, running: Promise<unknown>): Promise<void> {
  await running.catch((error: Error & { stdout?: string; stderr?: string }) => {
    const printed = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim()
    throw new CommandError('cannotRun', `${what} failed:\n${printed || error.message}`, { cause: error })
  })
}
