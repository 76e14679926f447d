// node k8s/chartVariables.ts: writes the variables that each service knows to where the chart checks `env` by them.
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigSpec } from '@relevo/kit'
import { chartDirectory } from './helm.ts'

const services = join(import.meta.dirname, '../services')

export const variablesFile = join(chartDirectory, 'files/variables.json')

/** The names of the variables of each folder in services/, as the file has them. */
export async function formatVariables(): Promise<string> {
  const folders = await readdir(services, { withFileTypes: true })
  const names = folders.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
  const entries = await Promise.all(names.map(async ({ name }) => [name, await readVariables(name)] as const))
  const known = entries.filter(([, variables]) => variables.length > 0).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify(Object.fromEntries(known), undefined, 2)}\n`
}

/** What a service's config.ts declares; empty where it has none. */
async function readVariables(service: string): Promise<string[]> {
  const files = await readdir(join(services, service))
  if (!files.includes('config.ts')) return []
  const exports: Record<string, unknown> = await import(join(services, service, 'config.ts'))
  const spec = Object.values(exports).find(isConfigSpec)
  if (!spec) throw new Error(`services/${service}/config.ts exports nothing that defineConfig has made.`)
  return Object.values(spec.variables)
    .map(({ name }) => name)
    .sort()
}

function isConfigSpec(value: unknown): value is ConfigSpec {
  return typeof value === 'object' && value !== null && 'variables' in value && 'checks' in value
}

if (import.meta.main) await writeFile(variablesFile, await formatVariables())
