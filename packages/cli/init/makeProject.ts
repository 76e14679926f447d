import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../command.ts'
import { renderManifest } from './manifest.ts'
import type { PackageSource } from './packageSource.ts'

const template = fileURLToPath(new URL('../template/', import.meta.url))
/** Files stored under other names here: npm does not pack .gitignore, and tests would be run. */
const names = { gitignore: '.gitignore', 'ordersTest.ts': 'orders.test.ts' }
/** What may be in the folder before: it is how many begin. */
const harmless: ReadonlySet<string> = new Set(['.git', '.DS_Store'])

/**
 * Makes a project of the template in a folder, which is made when it is missing.
 * @returns its files.
 * @throws UsageError when the folder has something in it, is none, or has no name that a package can have.
 */
export function makeProject(folder: string, source: PackageSource): string[] {
  const name = packageName(folder)
  const manifest = renderManifest(name, source)
  requireEmpty(folder)
  mkdirSync(folder, { recursive: true })
  cpSync(template, folder, { recursive: true })
  for (const [from, to] of Object.entries(names)) renameSync(join(folder, from), join(folder, to))
  writeFileSync(join(folder, 'package.json'), manifest)
  const readme = join(folder, 'README.md')
  writeFileSync(readme, readFileSync(readme, 'utf8').replace(/^# .*/, `# ${name}`))
  return readdirSync(folder).filter((file) => !harmless.has(file))
}

function requireEmpty(folder: string): void {
  const there = statSync(folder, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isDirectory()) throw new UsageError(`${folder} is a file. Name a new folder.`)
  const [first, ...more] = readdirSync(folder).filter((file) => !harmless.has(file))
  if (first === undefined) return
  const rest = more.length === 0 ? '' : ` and ${more.length} more`
  throw new UsageError(`${folder} is not empty: it has ${first}${rest}. Name a new folder.`)
}

/** npm's rules for names without a scope. */
function packageName(folder: string): string {
  const name = basename(folder).toLowerCase()
  if (/^[a-z0-9][a-z0-9._-]{0,213}$/.test(name)) return name
  throw new UsageError(
    `${basename(folder) || folder} cannot be the name of a package: use letters, digits, hyphens, dots and underscores, and begin with a letter or a digit.`,
  )
}
