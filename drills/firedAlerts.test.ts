// With Debian's Prometheus, where it is: alerts of the chart fire and resolve by what a process says at /metrics.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '@relevo/embedded'
import { eventually } from '@relevo/testing'
import { stringify } from 'yaml'
import { chartDirectory } from '../k8s/helm.ts'
import { hurryRules } from '../k8s/prometheus/hurryRules.ts'
import { prometheusResources } from '../k8s/prometheus/prometheusResources.ts'
import { toTargets } from '../k8s/prometheus/writeTargets.ts'
import { awaitResolved, describeAlert, readFiredAlerts, requirePrometheus } from './firedAlerts.ts'

const run = promisify(execFile)
const budgetMs = 120_000
const rules = readFileSync(join(chartDirectory, 'files/rules.generated.json'), 'utf8')
const skip = await run('prometheus', ['--version']).then(
  () => false,
  () => 'prometheus is not on the PATH (apt-get install prometheus)',
)

/** A process with a metric that a test sets. */
async function serveMetric(
  t: TestContext,
  name: string,
): Promise<{ port: number; set(value: number): void }> {
  let value = 0
  const server = createServer((_, answer) =>
    answer.end(`# TYPE ${name} gauge\n${name}{outbox="o"} ${value}\n`),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const set = (next: number) => {
    value = next
  }
  return { port: (server.address() as AddressInfo).port, set }
}

/** A Prometheus with the chart's rules in a hurry, which scrapes that port each second. */
async function startPrometheus(t: TestContext, port: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'relevo-prometheus-'))
  const every = { scrape_interval: '1s', evaluation_interval: '1s' }
  const target = { job_name: 'j', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }
  const groups = hurryRules(rules, 60).groups.filter(({ name }) => name === 'relevo-outbox')
  await writeFile(join(directory, 'rules.yml'), stringify({ groups }))
  await writeFile(
    join(directory, 'prometheus.yml'),
    stringify({ global: every, rule_files: ['rules.yml'], scrape_configs: [target] }),
  )
  const own = await freePort()
  const args = [
    `--config.file=${join(directory, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${own}`,
  ]
  const child = spawn('prometheus', args, { stdio: 'ignore' })
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const url = `http://127.0.0.1:${own}`
  await eventually(
    () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    'Prometheus ready',
    budgetMs,
  )
  return url
}

test('an alert that fired is told with when, and that it is resolved', { skip }, async (t) => {
  const shards = await serveMetric(t, 'relevo_outbox_unowned_shards')
  const url = await startPrometheus(t, shards.port)
  const beganAt = Date.now()
  shards.set(3)
  const [firing] = await eventually(
    async () => {
      const alerts = await readFiredAlerts(url, beganAt)
      return alerts.length > 0 && alerts
    },
    'the alert',
    budgetMs,
  )
  assert.equal(firing?.name, 'RelevoShardsWithoutRelay')
  assert.equal(firing?.resolvedAt, undefined)
  assert.match(
    describeAlert(firing, beganAt),
    /^RelevoShardsWithoutRelay \(.*outbox=o\): fired after \d+ s, still fires$/,
  )
  assert.equal((await awaitResolved(url, beganAt, 0)).length, 1, 'a budget that is over')
  shards.set(0)
  const [resolved, ...others] = await awaitResolved(url, beganAt, budgetMs)
  assert.deepEqual(others, [])
  assert.ok(resolved?.resolvedAt && resolved.resolvedAt >= resolved.firedAt)
  assert.match(describeAlert(resolved, beganAt), /resolved after \d+ s$/)
  assert.deepEqual(await readFiredAlerts(url, Date.now()), [], 'none of before')
})

test('where no Prometheus answers, that is said before a drill begins', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  await assert.rejects(requirePrometheus(url), { code: 'cannotRun', message: /k8s:prometheus/ })
})

test('rules in a hurry have shorter windows and waiting times, and compare with the same', () => {
  const text = JSON.stringify({
    groups: [
      {
        name: 'g',
        rules: [
          { alert: 'A', expr: 'rate(a_total[5m] offset 1h) > 300', for: '2m', keep_firing_for: '10m' },
          { record: 'a:ratio_5m', expr: 'avg_over_time(a[3d])' },
          { alert: 'B', expr: 'a:ratio_5m > 0', for: '0m' },
        ],
      },
    ],
  })
  assert.deepEqual(hurryRules(text, 10).groups[0]?.rules, [
    { alert: 'A', expr: 'rate(a_total[30s] offset 360s) > 300', for: '12s', keep_firing_for: '60s' },
    { record: 'a:ratio_5m', expr: 'avg_over_time(a[25920s])' },
    { alert: 'B', expr: 'a:ratio_5m > 0', for: '0s' },
  ])
  assert.throws(() => hurryRules(text.replace('2m', 'soon'), 2), /"soon" is no time/)
})

test('what a cluster is given is what Prometheus takes', { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'relevo-prometheus-'))
  t.after(() => rm(directory, { recursive: true }))
  const place = { namespace: 'relevo', release: 'relevo' }
  const resources = prometheusResources({
    ...place,
    image: 'prometheus:1',
    rules: hurryRules(rules, 10),
    program: '',
    everySeconds: 2,
    checksum: '',
  })
  const files = resources.flatMap((one) =>
    Object.entries((one as { data?: Record<string, string> }).data ?? {}),
  )
  assert.deepEqual(
    files.map(([name]) => name),
    ['prometheus.yml', 'rules.yml', 'writeTargets.ts'],
  )
  for (const [name, text] of files)
    await writeFile(join(directory, name), text.replace('/etc/prometheus/', `${directory}/`))
  await run('promtool', ['check', 'config', join(directory, 'prometheus.yml')])
})

test('the pods of a release are scraped where they answer, under the names of its PodMonitors', () => {
  const pod = (
    name: string,
    labels: object,
    ports: object[],
    status: object = { phase: 'Running', podIP: '10.0.0.1' },
  ) => ({
    metadata: { name, labels: { 'app.kubernetes.io/instance': 'r', ...labels } },
    spec: { containers: [{ name: 'c', ports: ports as { name: string; containerPort: number }[] }] },
    status,
  })
  const http = { name: 'http', containerPort: 3000 }
  const orders = { 'app.kubernetes.io/component': 'orders' }
  const targets = toTargets(
    [
      pod('a', orders, [http]),
      pod('b', orders, [http, { name: 'probe', containerPort: 9080 }]),
      pod('c', { 'cnpg.io/cluster': 'r-postgres' }, [{ name: 'metrics', containerPort: 9187 }]),
      pod('d', { ...orders, 'app.kubernetes.io/instance': 'other' }, [http]),
      pod('e', orders, [http], { phase: 'Pending' }),
      pod('f', { 'strimzi.io/cluster': 'r' }, [{ name: 'tcp-tls', containerPort: 9093 }]),
    ],
    { namespace: 'n', release: 'r' },
  )
  assert.deepEqual(
    targets.map(({ targets: [address], labels }) => [labels.pod, labels.job, address]),
    [
      ['a', 'n/r-orders', '10.0.0.1:3000'],
      ['b', 'n/r-orders', '10.0.0.1:9080'],
      ['c', 'n/r-postgres', '10.0.0.1:9187'],
    ],
  )
})
