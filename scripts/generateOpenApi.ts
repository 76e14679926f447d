// Writes docs/openapi/<service>.json for every services/<service>/api.ts: npm run docs:generate
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { openApiDocs } from './openApiDocs.ts'

for (const { file, document } of await openApiDocs()) {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
}
