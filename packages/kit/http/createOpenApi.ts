import { z } from 'zod'
import type { Endpoint, ResponseDoc } from './route.ts'
import { systemEndpoints } from './systemEndpoints.ts'

/** The OpenAPI 3.1 description of a service's endpoints and of those that every service has. */
export function createOpenApi(
  info: { title: string; version: string },
  endpoints: readonly Endpoint[],
): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const endpoint of [...endpoints, ...Object.values(systemEndpoints)]) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method]: operation(endpoint) }
  }
  return { openapi: '3.1.0', info, paths }
}

function operation({ path, summary, query, headers, body, responses }: Endpoint): object {
  const parameters = [
    ...pathParameters(path),
    ...parametersIn('query', query),
    ...parametersIn('header', headers),
  ]
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: json(body, 'input') } }),
    responses: Object.fromEntries(Object.entries(responses).map(([status, doc]) => [status, response(doc)])),
  }
}

function response({ description, schema }: ResponseDoc): object {
  return { description, ...(schema && { content: json(schema, 'output') }) }
}

function json(schema: z.ZodType, io: 'input' | 'output'): object {
  return { 'application/json': { schema: toSchema(schema, io) } }
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io })
  return rest
}

function pathParameters(path: string): object[] {
  const names = [...path.matchAll(/:(\w+)/g)]
  return names.map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function parametersIn(place: 'query' | 'header', schema: z.ZodObject | undefined): object[] {
  if (!schema) return []
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...rest } = toSchema(field as z.ZodType, 'input') as { description?: string }
    return { name, in: place, required: false, ...(description && { description }), schema: rest }
  })
}
