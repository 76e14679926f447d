import type { Published } from './published.ts'

/** What is read of a package.json of this repository. */
export interface SourceManifest {
  readonly name: string
  readonly version: string
  readonly exports?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export type PublishedManifest = Readonly<Record<string, unknown>>

/** Users of a library bring these themselves: they pass pools, schemas and registries to it. */
const peers: ReadonlySet<string> = new Set(['pg', 'prom-client', 'zod'])
/** Whose types are in those of the libraries, by the package that has them. */
const types: Readonly<Record<string, string>> = { pg: '@types/pg', express: '@types/express' }

/**
 * The package.json of what is published of a package: JavaScript and declarations where the source has TypeScript.
 * `versions` are those of the development dependencies of the repository.
 */
export function publishedManifest(
  source: SourceManifest,
  { node, description }: Published,
  versions: Readonly<Record<string, string>>,
): PublishedManifest {
  const given = Object.entries(source.dependencies ?? {})
  const isPeer = ([name]: readonly [string, string]) => source.bin === undefined && peers.has(name)
  const typed = given.flatMap(([name]) => {
    const of = types[name]
    return of === undefined ? [] : [[of, versions[of] ?? '*'] as const]
  })
  const dependencies = Object.fromEntries([...given.filter((each) => !isPeer(each)), ...typed])
  const peerDependencies = { ...Object.fromEntries(given.filter(isPeer)), ...source.peerDependencies }
  return {
    name: source.name,
    version: source.version,
    description,
    license: 'Apache-2.0',
    type: 'module',
    engines: { node },
    sideEffects: false,
    exports: Object.fromEntries(Object.entries(source.exports ?? {}).map(publishedExport)),
    ...(source.bin && { bin: mapValues(source.bin, (file) => file.replace(/\.ts$/, '.js')) }),
    ...(Object.keys(dependencies).length > 0 && { dependencies }),
    ...(Object.keys(peerDependencies).length > 0 && { peerDependencies }),
    ...(source.peerDependenciesMeta && { peerDependenciesMeta: source.peerDependenciesMeta }),
  }
}

function publishedExport([path, file]: readonly [string, string]) {
  const base = file.replace(/\.ts$/, '')
  return [path, { types: `${base}.d.ts`, default: `${base}.js` }] as const
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

/** A relative import of TypeScript in a declaration, which has to name what is there. */
const relativeImport = /(from |import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g

/** Has the relative imports of declarations name JavaScript; the compiler leaves `.ts` in them. */
export function nameJavaScript(declaration: string): string {
  return declaration.replaceAll(relativeImport, '$1$2$3.js$2')
}
