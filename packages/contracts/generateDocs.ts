// Writes docs/asyncapi.yaml from the catalogue: npm run docs:generate
import { mkdir, writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { createAsyncApi } from './createAsyncApi.ts'
import { events } from './events.ts'
import { topics } from './topics.ts'

const docs = new URL('../../docs/', import.meta.url)
await mkdir(docs, { recursive: true })
const notice = '# Generated from packages/contracts by `npm run docs:generate`.\n'
const text = stringify(createAsyncApi({ topics, events }), { aliasDuplicateObjects: false })
await writeFile(new URL('asyncapi.yaml', docs), notice + text)
