import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { alertGroups } from './alerts/index.ts'
import { dashboards } from './dashboards/index.ts'
import { expressions } from './expressions.ts'
import { labelsIn, labelsOf, metricsIn, metricsOf } from './metricNames.ts'
import { renderRules, runbookBase } from './renderRules.ts'
import { renderRuleTests } from './ruleTests.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')

/** Why promtool cannot be run here, or false. */
async function promtoolIsMissing(): Promise<string | false> {
  try {
    await run('promtool', ['--version'])
    return false
  } catch {
    return 'promtool is not on the PATH (it comes with Prometheus: apt-get install prometheus)'
  }
}

const skip = await promtoolIsMissing()

test('each alert fires where it should, and is quiet where it should not', { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'relevo-rules-'))
  t.after(() => rm(directory, { recursive: true }))
  const rules = renderRules(alertGroups).replaceAll(runbookBase, 'https://example.org/')
  await writeFile(join(directory, 'rules.yaml'), rules)
  await writeFile(join(directory, 'tests.yaml'), renderRuleTests(alertGroups, 'rules.yaml'))
  await run('promtool', ['check', 'rules', join(directory, 'rules.yaml')])
  const { stdout } = await run('promtool', ['test', 'rules', join(directory, 'tests.yaml')])
  assert.match(stdout, /SUCCESS/)
})

test('a test of an alert can fail', { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'relevo-rules-'))
  t.after(() => rm(directory, { recursive: true }))
  const [group] = alertGroups.filter(({ name }) => name === 'relevo-sagas')
  assert.ok(group)
  const alerts = group.alerts.map((alert) => ({ ...alert, fires: alert.quiet, quiet: alert.fires }))
  await writeFile(join(directory, 'rules.yaml'), renderRules([group]))
  const swapped = renderRuleTests([{ ...group, alerts }], 'rules.yaml')
  await writeFile(join(directory, 'tests.yaml'), swapped)
  const error = await run('promtool', ['test', 'rules', join(directory, 'tests.yaml')]).catch(
    (cause) => cause,
  )
  const failed = new Set(String(error.stdout + error.stderr).match(/alertname=\\?"(\w+)/g))
  assert.equal(failed.size, alerts.length)
})

test('each alert has a runbook, which names it', () => {
  for (const { name, runbook } of alertGroups.flatMap(({ alerts }) => alerts)) {
    const file = join(root, 'docs/runbooks', `${runbook}.md`)
    assert.ok(existsSync(file), `${name}: ${file}`)
    assert.ok(readFileSync(file, 'utf8').includes(name), `${runbook}.md does not name ${name}`)
  }
})

test('names are used once', () => {
  const names = [
    ...alertGroups.flatMap(({ alerts, recordings = [] }) => [
      ...alerts.map(({ name }) => name),
      ...recordings.map(({ record }) => record),
    ]),
    ...dashboards.map(({ uid }) => uid),
  ]
  assert.deepEqual(
    names.filter((name, place) => names.indexOf(name) !== place),
    [],
  )
})

test('metrics and labels are found in expressions and in what a service answers', () => {
  const expr =
    'max by (namespace, outbox) (relevo_a_bytes{code="x"}) / relevo:rate_5m > on (saga) relevo_b_seconds_bucket'
  assert.deepEqual(metricsIn(expr), ['relevo_a_bytes', 'relevo_b_seconds_bucket'])
  assert.deepEqual(labelsIn(expr), ['outbox', 'saga', 'code'])
  const text =
    '# TYPE relevo_b_seconds histogram\nrelevo_b_seconds_bucket{le="1",outbox="o"} 3\n# TYPE relevo_a_bytes gauge\n'
  assert.ok(metricsIn(expr).every((name) => metricsOf(text).has(name)))
  assert.deepEqual([...(labelsOf(text, 'relevo_b_seconds_bucket') ?? [])], ['le', 'outbox'])
  assert.equal(labelsOf(text, 'relevo_a_bytes'), undefined)
})

test('every expression reads something of ours', () => {
  for (const expr of expressions())
    assert.ok(metricsIn(expr).length > 0 || /relevo:|process_|nodejs_|ALERTS/.test(expr), expr)
})
