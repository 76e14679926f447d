// Writes the pages of docs/reference that are generated from code: npm run docs:generate
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './dataDirectory.ts'
import { referencePages } from './reference/pages.ts'

for (const [file, text] of Object.entries(await referencePages())) {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}
