import { problemDetails, spanishErrors } from '@relevo/kit'
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

/** Every service has them: described once. */
const systemPaths = new Set(['/health', '/ready', '/serving', '/metrics', '/openapi.json'])
/** Described once. */
const usualHeaders = new Set(['prefer', 'idempotency-key'])
/** Errors of all endpoints, in either language: described once. */
const usualErrors = new Set(
  [problemDetails, spanishErrors].flatMap(({ descriptions }) => answersOf(descriptions)),
)

/** Every endpoint of every service. */
export async function renderHttp(): Promise<string> {
  const services = await openApiDocs()
  const sections = services.flatMap(({ service, document }) => [
    `## ${service}`,
    ...operationsOf(document as Document).flatMap(describeOperation),
  ])
  return `${[
    pageHead('HTTP', 'services/*/api.ts'),
    `The endpoints of the services. Each service also has \`GET /health\` (is it alive?), \`/ready\` (can it do its work?), \`/serving\` (should it get
requests?), \`/metrics\` and \`/openapi.json\`; the OpenAPI documents are in \`docs/openapi\`. A POST that is not for operators takes an
\`Idempotency-Key\`: repeated with it within 24 hours it has no further effect and gets the same answer.

Where they apply, these errors have the same meaning at every endpoint, and are not repeated below:`,
    markdownTable(['status', 'meaning'], Object.entries(problemDetails.descriptions)),
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
  const answers = answersOf(
    Object.fromEntries(
      Object.entries(responses).map(([status, { description = '' }]) => [status, description]),
    ),
  ).filter((answer) => !usualErrors.has(answer))
  return [
    `### ${method.toUpperCase()} ${code(path)}`,
    `${escapeTags(summary)}.${accessOf(operation)}`,
    ...(fields.length > 0 ? [markdownTable(['field', 'where and what', 'meaning'], fields)] : []),
    ...(answers.length > 0 ? [`Answers: ${answers.join('; ')}.`] : []),
  ]
}

/** Endpoints with a role say so in their OpenAPI. */
function accessOf({ security = [] }: Operation): string {
  const schemes = security.flatMap((scheme) => Object.keys(scheme))
  if (schemes.includes('operator')) return ' **For operators.**'
  return schemes.includes('accessToken') ? ' **With an access token** where `AUTH=on`.' : ''
}

function answersOf(descriptions: Readonly<Record<string, string>>): string[] {
  return Object.entries(descriptions).map(([status, description]) => `${status} ${cell(description)}`)
}
