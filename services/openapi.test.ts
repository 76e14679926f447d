import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { openApiDocs } from '../scripts/openApiDocs.ts'

test('docs/openapi describes every service as it is (npm run docs:generate)', async () => {
  const docs = await openApiDocs()
  assert.ok(docs.length >= 5)
  for (const { service, file, document } of docs) {
    const written = JSON.parse(await readFile(file, 'utf8'))
    assert.deepEqual(written, JSON.parse(JSON.stringify(document)), service)
  }
  const files = await readdir(new URL('../docs/openapi/', import.meta.url))
  assert.deepEqual(files.sort(), docs.map(({ service }) => `${service}.json`).sort())
})
