import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../command.ts'

const ownVersion: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version

/** Where a new project has the packages of Relevo from. */
export interface PackageSource {
  /** What package.json says as the version of a package. @throws UsageError when it is not there. */
  version(name: string): string
  /** Packages that it has to say besides, since nobody finds them where others need them. */
  readonly besides: readonly string[]
}

/** The registry, at the version of this package, which is that of all of them. */
export const registry: PackageSource = { version: () => `^${ownVersion}`, besides: [] }

/** The tarballs that `npm run pack` made. @throws UsageError when there are none in the folder. */
export function tarballsIn(folder: string): PackageSource {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const found = files.flatMap((file) => {
    const [, name] = /^relevo-([a-z-]+)-\d+\.\d+\.\d+.*\.tgz$/.exec(file) ?? []
    return name === undefined ? [] : [[`@relevo/${name}`, `file:${join(folder, file)}`] as const]
  })
  if (found.length === 0)
    throw new UsageError(`${folder} has no tarballs of Relevo. Make them: npm run pack -- --out ${folder}`)
  const versions = new Map<string, string>(found)
  const version = (name: string) => {
    const file = versions.get(name)
    if (file === undefined) throw new UsageError(`${folder} has no tarball of ${name}.`)
    return file
  }
  return { version, besides: [...versions.keys()] }
}
