import { parse } from 'yaml'
import { markdownTable } from '../markdownTable.ts'
import { cell } from '../reference/markdown.ts'

/** What values.yaml says of a value. */
export interface DocumentedValue {
  /** With `<name>` for the entries that are generated, which say the same of each. */
  readonly path: string
  readonly text: string
  /** As JSON; empty: it is one of many, or a map whose values are listed. */
  readonly fallback: string
}

const longestFallback = 100

interface Key {
  readonly indent: number
  readonly name: string
}

/** A line of a values.yaml: a mark of what is generated, a comment, a key, or something else. */
type Line =
  | { readonly mark: number | 'end' }
  | { readonly comment: string }
  | { readonly key: Key }
  | undefined

function readLine(line: string): Line {
  const [, indent = '', end] = /^( *)# <(\/?)\w+>/.exec(line) ?? []
  if (end !== undefined) return { mark: end === '/' ? 'end' : indent.length }
  const [, comment] = /^ *# ?(.*)$/.exec(line) ?? []
  if (comment !== undefined) return { comment }
  const [, spaces = '', name] = /^( *)([\w.-]+):(?: .*)?$/.exec(line) ?? []
  return name === undefined ? undefined : { key: { indent: spaces.length, name } }
}

interface CommentedKey {
  /** The key and those that it is in, from the top. */
  readonly keys: readonly Key[]
  readonly text: string
  /** The indent of the entries of the block that is generated, while in one. */
  readonly entries: number | undefined
}

function* readKeys(yaml: string): Generator<CommentedKey> {
  let keys: readonly Key[] = []
  let comment: string[] = []
  let entries: number | undefined
  for (const line of yaml.split('\n').map(readLine)) {
    if (line && 'mark' in line) entries = line.mark === 'end' ? undefined : line.mark
    if (line && 'comment' in line) comment.push(line.comment)
    else if (!line) comment = []
    if (!line || !('key' in line)) continue
    keys = [...keys.filter(({ indent }) => indent < line.key.indent), line.key]
    yield { keys, text: comment.join(' ').trim(), entries }
    comment = []
  }
}

/**
 * The values of a values.yaml, in its order: those with a comment `# -- …` before them, and maps with a comment `# …` that
 * says what they are about.
 */
export function documentedValues(yaml: string): DocumentedValue[] {
  const values = parse(yaml)
  const found = new Map<string, DocumentedValue>()
  for (const key of readKeys(yaml)) {
    const value = describe(key, values)
    if (value && !found.has(value.path)) found.set(value.path, value)
  }
  return [...found.values()]
}

function describe({ keys, text, entries }: CommentedKey, values: unknown): DocumentedValue | undefined {
  if (text === '') return undefined
  const isGenerated = entries !== undefined && keys.some(({ indent }) => indent === entries)
  const path = keys.map(({ indent, name }) => (isGenerated && indent === entries ? '<name>' : name))
  const isMap = !text.startsWith('-- ')
  return {
    path: path.join('.'),
    text: text.replace(/^-- /, ''),
    fallback: isMap || isGenerated ? '' : fallbackOf(values, keys),
  }
}

function fallbackOf(values: unknown, keys: readonly Key[]): string {
  const value = keys.reduce<unknown>(
    (inner, { name }) => (inner as Record<string, unknown> | undefined)?.[name],
    values,
  )
  const text = JSON.stringify(value)
  return text.length > longestFallback ? '…' : text
}

const preamble = `# relevo

A transactional outbox from Postgres to Kafka, with its services. A service changes its tables and records an event in one transaction; a
relay carries every recorded event to Kafka, in order; consumers apply it once.

## Prerequisites
Kubernetes 1.30 or later with a default storage class, and two operators: **Strimzi 1.2** (its definitions of \`kafka.strimzi.io/v1\`) and
**CloudNativePG 1.30**. With \`kafka.enabled\` and \`postgres.enabled\` off the chart uses existing servers and needs neither. Build the image
from the repository's \`Dockerfile\` (\`image.repository\`, \`image.tag\`). Some values create resources of the Prometheus operator, cert-manager,
KEDA, the Gateway API and the Barman Cloud plugin.

    helm install relevo ./relevo-<version>.tgz --namespace relevo --create-namespace --set image.repository=…,image.tag=… --wait
    helm test relevo --namespace relevo

\`ci/ha-values.yaml\` has three of each, \`ci/external-values.yaml\` uses existing servers, \`ci/full-values.yaml\` sets what is off by default. Before an
upgrade, read \`UPGRADING.md\`.

## Values
Generated from the comments of \`values.yaml\` (\`npm run generate\`). \`services.<name>\` takes every value of \`serviceDefaults\`, \`relays.<name>\` these and
those of \`relayDefaults\`, \`postgres.databases.<name>\` those of \`postgres.databaseDefaults\`.
`

/** charts/relevo/README.md. @param yaml the chart's values.yaml. */
export function renderChartReadme(yaml: string): string {
  const sections = Map.groupBy(documentedValues(yaml), sectionOf)
  const tables = [...sections].map(([name, values]) => {
    const [first] = values
    const about = first && first.path === name && first.fallback === '' ? `\n${first.text}\n` : ''
    const rows = values
      .filter((value) => about === '' || value !== first)
      .map(({ path, fallback, text }) => [
        `\`${path}\``,
        fallback === '' ? '' : `\`${fallback}\``,
        cell(text),
      ])
    const table = rows.length === 0 ? '' : `\n${markdownTable(['value', 'default', 'meaning'], rows)}\n`
    return `\n### ${name}\n${about}${table}`
  })
  return preamble + tables.join('')
}

function sectionOf({ path, fallback }: DocumentedValue): string {
  const [section = path, ...inner] = path.split('.')
  return inner.length === 0 && fallback !== '' ? 'General' : section
}
