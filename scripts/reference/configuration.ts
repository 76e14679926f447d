import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigSpec, Variable } from '@relevo/kit'
import { root } from '../dataDirectory.ts'
import { markdownTable } from '../markdownTable.ts'
import { cell, code, pageHead } from './markdown.ts'

interface ServiceConfig {
  readonly service: string
  readonly variables: readonly Variable<unknown>[]
}

/** A variable that this many services share is documented once for all of them. */
const commonFrom = 3

/** Every variable of the environment that a service reads, by what its config.ts declares. */
export async function renderConfiguration(): Promise<string> {
  const services = await readConfigs()
  const seen = Map.groupBy(
    services.flatMap(({ service, variables }) => variables.map((variable) => ({ service, variable }))),
    ({ variable }) => identityOf(variable),
  )
  const isCommon = (variable: Variable<unknown>) =>
    (seen.get(identityOf(variable))?.length ?? 0) >= commonFrom
  const common = [...seen.values()].filter((uses) => uses.length >= commonFrom)
  const commonRows = common.flatMap(([first, ...more]) =>
    first ? [[...row(first.variable), readBy([first, ...more], services.length)]] : [],
  )
  const sections = services.flatMap(({ service, variables }) => {
    const own = variables.filter((variable) => !isCommon(variable))
    return own.length === 0 ? [] : [`## ${service}`, table(own.map(row))]
  })
  return `${[
    pageHead('Configuration', 'services/*/config.ts'),
    `Services read these variables of the environment. \`node services/<name>/main.ts --help\` prints those of one. What is wrong with any of
them is told at once, and the process ends with exit code 78. On Kubernetes the chart sets most of them: [chart values](../../charts/relevo/README.md).`,
    '## Of several services',
    markdownTable(['variable', 'meaning', 'value', 'default', 'read by'], commonRows),
    ...sections,
  ].join('\n\n')}\n`
}

async function readConfigs(): Promise<ServiceConfig[]> {
  const folders = readdirSync(join(root, 'services'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => readdirSync(join(root, 'services', name)).includes('config.ts'))
  return Promise.all(
    folders.sort().map(async (service) => {
      const exports: Record<string, unknown> = await import(join(root, 'services', service, 'config.ts'))
      const specs = Object.values(exports).filter(isSpec)
      return { service, variables: specs.flatMap((spec) => Object.values(spec.variables)) }
    }),
  )
}

function isSpec(value: unknown): value is ConfigSpec {
  return typeof value === 'object' && value !== null && 'variables' in value && 'checks' in value
}

/** Variables that differ in nothing but who reads them are one. */
function identityOf({ name, doc, kind, fallback, required }: Variable<unknown>): string {
  return JSON.stringify([name, doc, kind, fallback, required])
}

function table(rows: readonly (readonly string[])[]): string {
  return markdownTable(['variable', 'meaning', 'value', 'default'], rows)
}

function row({ name, doc, kind, fallback, required }: Variable<unknown>): string[] {
  const otherwise = required ? '**required**' : fallback === undefined ? 'not set' : code(fallback) || 'empty'
  return [code(name), cell(doc), cell(kind), otherwise]
}

function readBy(uses: readonly { readonly service: string }[], of: number): string {
  return uses.length === of ? 'all' : uses.map(({ service }) => service).join(', ')
}
