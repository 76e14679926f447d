import { z } from 'zod'
import type { Api, Endpoint, ResponseDoc } from './endpoint.ts'
import type { ErrorStyle } from './errorStyle.ts'
import { takesEffectOnce, withIdempotencyKey } from './idempotency/idempotencyKey.ts'
import type { Role } from './identity/identity.ts'
import { systemEndpoints } from './systemEndpoints.ts'

/** The OpenAPI 3.1 description of a service's endpoints and of those that every service has. */
export function createOpenApi({ title, version, endpoints, errors }: Api): object {
  const paths: Record<string, Record<string, object>> = {}
  const own = Object.values(endpoints).map((endpoint) => ({
    ...withIdempotencyKey(endpoint, errors.texts),
    errors: allErrors(endpoint, errors),
  }))
  for (const endpoint of [...own, ...Object.values(systemEndpoints)] as Endpoint[]) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method]: operation(endpoint, errors) }
  }
  const schemes = securitySchemes(own)
  return {
    openapi: '3.1.0',
    info: { title, version },
    paths,
    ...(Object.keys(schemes).length > 0 && { components: { securitySchemes: schemes } }),
  }
}

const operator = {
  type: 'http',
  scheme: 'bearer',
  description: 'The token of OPERATOR_TOKEN; without one, only connections of the same machine are served',
}

const accessToken = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'An access token of the users service; asked for when AUTH is on',
}

function securitySchemes(endpoints: readonly Endpoint[]): Record<string, object> {
  const names = new Set(endpoints.flatMap(({ role }) => (role ? [schemeOf(role)] : [])))
  return Object.fromEntries([...names].map((name) => [name, name === 'operator' ? operator : accessToken]))
}

/** With AUTH=off everybody is let in, but to what is for operators. */
function securityOf(role: Role): object[] {
  const asked = { [schemeOf(role)]: [] }
  return role === 'operator' ? [asked] : [asked, {}]
}

function schemeOf(role: Role): string {
  return role === 'operator' ? 'operator' : 'accessToken'
}

/** What the service answers, and the kit before or instead of it. */
function allErrors(endpoint: Endpoint, { descriptions }: ErrorStyle): Record<number, string> {
  const { errors = {} } = endpoint
  const common = commonStatuses(endpoint).map((status) => [
    status,
    [errors[status], descriptions[status]].filter((text) => text !== undefined).join('. '),
  ])
  return { ...errors, ...Object.fromEntries(common) }
}

function commonStatuses(endpoint: Endpoint): number[] {
  const { params, query, headers, body, method, role } = endpoint
  const isOnce = takesEffectOnce(endpoint)
  return [
    ...(params || query || headers || body || isOnce ? [400] : []),
    ...(role ? [401, 403] : []),
    ...(method === 'get' ? [] : [403, 415]),
    ...(body ? [413] : []),
    ...(isOnce ? [409, 422] : []),
    503,
  ]
}

function operation(endpoint: Endpoint, style: ErrorStyle): object {
  const { summary, params, query, headers, body, responses, errors = {} } = endpoint
  const parameters = [
    ...parametersIn('path', params ?? pathParameters(endpoint.path)),
    ...parametersIn('query', query),
    ...parametersIn('header', headers),
  ]
  const problems = Object.entries(errors).map(([status, description]) => [
    status,
    response({ description, schema: style.schema, mediaType: style.contentType }),
  ])
  const answers = Object.entries(responses).map(([status, doc]) => [status, response(doc)])
  return {
    summary,
    ...(endpoint.role && { security: securityOf(endpoint.role) }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: content(body, 'input', endpoint.bodyTypes?.[0]) },
    }),
    responses: Object.fromEntries([...answers, ...problems]),
  }
}

function response({ description, schema, mediaType }: ResponseDoc): object {
  return { description, ...(schema && { content: content(schema, 'output', mediaType) }) }
}

function content(schema: z.ZodType, io: 'input' | 'output', mediaType = 'application/json'): object {
  return { [mediaType]: { schema: toSchema(schema, io) } }
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const override = io === 'input' ? { override: refuseNul } : {}
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, ...override })
  return rest
}

/** No text of a request may hold U+0000: see `checkCall`. */
function refuseNul({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { type, pattern, format } = jsonSchema
  if (type === 'string' && pattern === undefined && format === undefined && jsonSchema.enum === undefined)
    jsonSchema.pattern = '^[^\\u0000]*$'
}

function pathParameters(path: string): z.ZodObject {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  return z.object(Object.fromEntries(names.map((name) => [name, z.string()])))
}

function parametersIn(place: 'path' | 'query' | 'header', schema: z.ZodObject | undefined): object[] {
  if (!schema) return []
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    properties?: Record<string, { description?: string }>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description && { description }),
    schema: rest,
  }))
}
