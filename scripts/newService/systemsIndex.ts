import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file of systems/ that exports a system. */
interface SystemFile {
  readonly name: string
  readonly exported: string
}

/** systems/index.ts with every system of the folder: those it has keep their place, since ports are given by it. */
export function renderSystemsIndex(root: string): string {
  const current = readFileSync(join(root, 'systems/index.ts'), 'utf8')
  const listed = [...current.matchAll(/^ {2}'?([\w-]+)'?: \w+System,$/gm)].map(([, name]) => name)
  const order = ({ name }: SystemFile) => (listed.includes(name) ? listed.indexOf(name) : listed.length)
  const found = findSystems(root).sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1))
  const imports = found
    .map(({ name, exported }) => `import { ${exported} } from './${name}.ts'`)
    .sort((a, b) => (a.split("'")[1] ?? '').localeCompare(b.split("'")[1] ?? ''))
  const entries = found.map(({ name, exported }) => `  ${/-/.test(name) ? `'${name}'` : name}: ${exported},`)
  // Other imports stand between them by the order of their names: `biome check` sorts what is put in the first one's place.
  const ofSystem = /^import \{ \w+System \} from .*\n/gm
  const first = current.search(ofSystem)
  const others = current.replace(ofSystem, '')
  return `${others.slice(0, first)}${imports.join('\n')}\n${others.slice(first)}`.replace(
    /(?<=export const systems = \{\n)[^}]*/,
    () => `${entries.join('\n')}\n`,
  )
}

function findSystems(root: string): SystemFile[] {
  return globSync('systems/*.ts', { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const [, exported] = /^export const (\w+System): System\b/m.exec(text) ?? []
    return exported === undefined ? [] : [{ name: file.slice('systems/'.length, -'.ts'.length), exported }]
  })
}
