import { markdownTable } from '../markdownTable.ts'
import { openApiDocs } from '../openApiDocs.ts'
import { cell, code, escapeTags, pageHead } from './markdown.ts'
import { fieldRows, type Schema, typeOf } from './schemaFields.ts'

interface Operation {
  readonly summary?: string
  readonly security?: readonly object[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
    readonly schema?: Schema
  }[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** Of every service: told once. */
const systemPaths = new Set(['/health', '/ready', '/serving', '/metrics', '/openapi.json'])
/** On every answer to whom it concerns; told once. */
const usualHeaders = new Set(['prefer', 'idempotency-key'])

/** Every endpoint of every service. */
export async function renderHttp(): Promise<string> {
  const services = await openApiDocs()
  const sections = services.flatMap(({ service, document }) => [
    `## ${service}`,
    ...operationsOf(document as Document).flatMap(describeOperation),
  ])
  return `${[
    pageHead('HTTP', 'services/*/api.ts'),
    `What the services answer. Each also answers \`GET /health\` (does it live?), \`/ready\` (can it work?), \`/serving\` (should it get
requests?), \`/metrics\` and \`/openapi.json\`; the OpenAPI documents are in \`docs/openapi\`. A POST that is not for operators takes an \`Idempotency-Key\`: repeated with it within 24 hours it has
no further effect and gets the same answer.`,
    ...sections,
  ].join('\n\n')}\n`
}

interface Described {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function operationsOf({ paths }: Document): Described[] {
  return Object.entries(paths)
    .filter(([path]) => !systemPaths.has(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    )
}

function describeOperation({ method, path, operation }: Described): string[] {
  const { summary = '', parameters = [], requestBody, responses = {} } = operation
  const given = parameters
    .filter(({ name, in: where }) => !(where === 'header' && usualHeaders.has(name)))
    .map(({ name, in: where, required, description, schema }) => [
      code(name),
      `${where}: ${cell(schema ? typeOf(schema) : 'string')}${required ? '' : ', optional'}`,
      cell(description ?? ''),
    ])
  const body = requestBody?.content?.['application/json']?.schema
  const fields = [
    ...given,
    ...(body ? fieldRows(body).map(([name = '', type = '', doc = '']) => [name, `body: ${type}`, doc]) : []),
  ]
  const answers = Object.entries(responses).map(
    ([status, { description = '' }]) => `${status} ${cell(description)}`,
  )
  return [
    `### ${method.toUpperCase()} ${code(path)}`,
    `${escapeTags(summary)}.`,
    ...(fields.length > 0 ? [markdownTable(['field', 'where and what', 'meaning'], fields)] : []),
    ...(answers.length > 0 ? [`Answers: ${answers.join('; ')}.`] : []),
  ]
}
