import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Api, createOpenApi } from '@relevo/kit'
import { root } from './dataDirectory.ts'

export interface OpenApiDoc {
  readonly service: string
  readonly file: string
  readonly document: object
}

/** The OpenAPI description of every service that has an `api.ts`. */
export async function openApiDocs(): Promise<OpenApiDoc[]> {
  const folders = await readdir(join(root, 'services'), { withFileTypes: true })
  const services = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const docs = await Promise.all(services.sort().map(describe))
  return docs.filter((doc) => doc !== undefined)
}

async function describe(service: string): Promise<OpenApiDoc | undefined> {
  const files = await readdir(join(root, 'services', service))
  if (!files.includes('api.ts')) return undefined
  const { api } = (await import(join(root, 'services', service, 'api.ts'))) as { api: Api }
  return { service, file: join(root, 'docs', 'openapi', `${service}.json`), document: createOpenApi(api) }
}
