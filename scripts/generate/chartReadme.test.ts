import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { root } from '../dataDirectory.ts'
import { documentedValues } from './chartReadme.ts'

test('values are found with their path, default and comment, and generated ones once', () => {
  const yaml = `# Above all.

# -- A name
name: ''

# About the parts.
parts:
  # -- How many
  # of them
  count: 2
  limits: { memory: 1Gi }
  each:
    # <each> generated from systems/: npm run generate
    one:
      # -- Where
      port: 1
    two:
      # -- Where
      port: 2
    # </each>
    three:
      # -- Where else
      port: 3
`
  assert.deepEqual(documentedValues(yaml), [
    { path: 'name', text: 'A name', fallback: '""' },
    { path: 'parts', text: 'About the parts.', fallback: '' },
    { path: 'parts.count', text: 'How many of them', fallback: '2' },
    { path: 'parts.each.<name>.port', text: 'Where', fallback: '' },
    { path: 'parts.each.three.port', text: 'Where else', fallback: '3' },
  ])
})

/** Maps whose keys are Kubernetes', or one's own. */
const open = /\.(requests|limits|parameters|config|labels|env|keys|roles|startup|readiness|liveness)$/

function leaves(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const entries = Object.entries(value)
  if (entries.length === 0 || open.test(path)) return [path]
  return entries.flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`))
}

test('every value of the chart has a comment, its own or that of the map it is in', () => {
  const yaml = readFileSync(join(root, 'charts/relevo/values.yaml'), 'utf8')
  const documented = documentedValues(yaml).map(({ path }) => path)
  const generated = /^(systems|services|relays|kafka\.topics|postgres\.databases)\./
  const missing = leaves(parse(yaml), '').filter((path) => {
    if (generated.test(path)) return false
    return !documented.some((known) => path === known || path.startsWith(`${known}.`))
  })
  assert.deepEqual(missing, [])
})
