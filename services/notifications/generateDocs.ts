// Writes docs/openapi/notifications.json from the endpoints: npm run docs:generate
import { mkdir, writeFile } from 'node:fs/promises'
import { openapi } from './api.ts'

const docs = new URL('../../docs/openapi/', import.meta.url)
await mkdir(docs, { recursive: true })
await writeFile(new URL('notifications.json', docs), `${JSON.stringify(openapi, null, 2)}\n`)
