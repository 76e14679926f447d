import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { alertGroups } from '../observe/alerts/index.ts'
import { dashboards } from '../observe/dashboards/index.ts'
import { renderDashboard } from '../observe/renderDashboards.ts'
import { renderRules } from '../observe/renderRules.ts'
import { root } from './dataDirectory.ts'
import { metricsIn, readMetrics } from './reference/metrics.ts'
import { referencePages } from './reference/pages.ts'

test('docs/reference says what the code says (npm run docs:generate)', async () => {
  for (const [file, text] of Object.entries(await referencePages()))
    assert.equal(readFileSync(join(root, file), 'utf8'), text, file)
})

test('metrics are found in each form that they are declared in', () => {
  const text = `
    a: new Gauge({ name: 'relevo_a', help: 'One', labelNames: ['x'], registers }),
    b: counter('relevo_b_total', 'Two, it\\'s said', ['x', 'y']),
    c: once('relevo_c_seconds', (name) => {
      const labelNames = ['z'] as const
      return new Histogram({ name, help: 'Three', labelNames, registers })
    }),
    sql: query({ name: 'relevo_statement', text })`
  assert.deepEqual(
    metricsIn('packages/thing/metrics.ts', text).map(({ name, kind, labels }) => [name, kind, ...labels]),
    [
      ['relevo_a', 'gauge', 'x'],
      ['relevo_b_total', 'counter', 'x', 'y'],
      ['relevo_c_seconds', 'histogram', 'z'],
    ],
  )
})

test('every metric that alerts and dashboards ask for is in the reference, with its kind', () => {
  const metrics = readMetrics()
  for (const { name, kind } of metrics) assert.match(kind, /^(counter|gauge|histogram)$/, name)
  const known = new Set(metrics.map(({ name }) => name))
  const asked = [renderRules(alertGroups), ...dashboards.map(renderDashboard)].join('\n')
  const names = new Set(
    asked.match(/\brelevo_[a-z_]+/g)?.map((name) => name.replace(/_(bucket|sum|count)$/, '')),
  )
  assert.ok(names.size > 20)
  assert.deepEqual(
    [...names].filter((name) => !known.has(name)),
    [],
  )
})
