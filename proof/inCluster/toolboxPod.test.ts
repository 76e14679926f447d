import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { toolboxFiles } from './toolboxFiles.ts'
import { toolboxConfigMap, toolboxPod } from './toolboxPod.ts'

const names = { name: 'box', namespace: 'ns', instance: 'rel' }

function pod(service: string, env: { name: string; value: string }[], mounts: Record<string, string>) {
  return {
    serviceAccountName: service,
    securityContext: { runAsNonRoot: true },
    containers: [
      {
        name: service,
        image: 'image:1',
        env,
        envFrom: [{ configMapRef: { name: service } }],
        securityContext: { readOnlyRootFilesystem: true },
        volumeMounts: Object.entries(mounts).map(([name, mountPath]) => ({ name, mountPath })),
      },
    ],
    volumes: Object.keys(mounts)
      .filter((name) => name !== 'data')
      .map((name) => ({ name, secret: { secretName: `${service}-${name}` } })),
  }
}

const password = { name: 'KAFKA_SASL_PASSWORD', value: 'x' }
const parts = {
  api: pod('api', [{ name: 'KAFKA_SASL_PASSWORD', value: 'of the API' }], {
    tmp: '/tmp',
    postgres: '/etc/relevo/postgres',
    kafka: '/etc/relevo/kafka',
  }),
  apiSettings: { DATABASE_URL: 'postgresql://a@h/outbox?sslcert=/etc/relevo/postgres/tls.crt' },
  consumer: pod('consumer', [password], {
    tmp: '/tmp',
    postgres: '/etc/relevo/postgres',
    kafka: '/etc/relevo/kafka',
    data: '/app/data',
  }),
  consumerSettings: { DATABASE_URL: 'postgresql://c@h/effects?sslcert=/etc/relevo/postgres/tls.crt' },
  files: { 'a/b.ts': '' },
}

test('the toolbox is a pod of the API in all but what it runs and its labels', () => {
  const { spec, metadata } = toolboxPod(names, parts)
  const [container] = spec?.containers ?? []
  assert.equal(spec?.serviceAccountName, 'api')
  assert.deepEqual(spec?.securityContext, parts.api.securityContext)
  assert.equal(container?.image, 'image:1')
  assert.deepEqual(container?.securityContext, { readOnlyRootFilesystem: true })
  assert.equal(metadata?.labels?.['app.kubernetes.io/instance'], 'rel-toolbox')
  assert.equal(spec?.restartPolicy, 'Never')
})

test('it has the database of the API, and the Kafka and the database of the consumer', () => {
  const { spec } = toolboxPod(names, parts)
  const [container] = spec?.containers ?? []
  assert.deepEqual(container?.env, [
    password,
    { name: 'DATABASE_URL', value: 'postgresql://a@h/outbox?sslcert=/etc/relevo/postgres/tls.crt' },
    {
      name: 'EFFECTS_DATABASE_URL',
      value: 'postgresql://c@h/effects?sslcert=/etc/relevo/effects/tls.crt',
    },
  ])
  assert.deepEqual(
    container?.envFrom?.map(({ configMapRef }) => configMapRef?.name),
    ['api', 'consumer'],
  )
  const secrets = new Map(spec?.volumes?.map(({ name, secret }) => [name, secret?.secretName]))
  const mounts = container?.volumeMounts?.map(({ name, mountPath }) => [mountPath, secrets.get(name)])
  assert.deepEqual(Object.fromEntries(mounts ?? []), {
    '/tmp': 'consumer-tmp',
    '/etc/relevo/postgres': 'api-postgres',
    '/etc/relevo/effects': 'consumer-postgres',
    '/etc/relevo/kafka': 'consumer-kafka',
    '/app/toolbox': undefined,
  })
})

test('URLs that come from secrets are taken from there', () => {
  const url = (key: string) => ({
    name: 'DATABASE_URL',
    value: '',
    valueFrom: { secretKeyRef: { name: 's', key } },
  })
  const external = { ...parts, apiSettings: {}, consumerSettings: {}, api: pod('api', [url('api')], {}) }
  const { spec } = toolboxPod(names, { ...external, consumer: pod('consumer', [url('consumer')], {}) })
  const keys = spec?.containers[0]?.env?.map(({ name, valueFrom }) => [name, valueFrom?.secretKeyRef?.key])
  assert.deepEqual(keys, [
    ['DATABASE_URL', 'api'],
    ['EFFECTS_DATABASE_URL', 'consumer'],
  ])
})

test('each file has a key of its own, and the volume puts it back to its path', () => {
  const files = toolboxFiles()
  const map = toolboxConfigMap(names, files)
  const items = toolboxPod(names, { ...parts, files }).spec?.volumes?.at(-1)?.configMap?.items ?? []
  assert.equal(items.length, Object.keys(files).length)
  assert.equal(new Set(items.map(({ key }) => key)).size, items.length)
  for (const { key, path } of items) assert.equal(map.data?.[key], files[path])
})

test('what the toolbox imports by path is in it', () => {
  const files = toolboxFiles()
  for (const [path, text] of Object.entries(files))
    for (const [, target = ''] of text.matchAll(/from '(\.[^']+)'/g)) {
      const imported = join(path, '..', target)
      assert.ok(imported in files, `${path} imports ${imported}`)
    }
})

test('the package that the image does not link is where the toolbox looks for it', () => {
  const [, target = ''] =
    /'\/app\/(.+)'/.exec(toolboxFiles()['node_modules/@relevo/ledger/index.js'] ?? '') ?? []
  assert.ok(existsSync(join(resolve(import.meta.dirname, '../..'), target)))
})
