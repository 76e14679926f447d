import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { toolboxFiles } from './toolboxFiles.ts'
import { toolboxConfigMap, toolboxPod } from './toolboxPod.ts'

const names = { name: 'box', namespace: 'ns', instance: 'rel' }
const service = {
  serviceAccountName: 'account',
  securityContext: { runAsNonRoot: true },
  containers: [
    {
      name: 'service',
      image: 'image:1',
      env: [{ name: 'KAFKA_SASL_PASSWORD', value: 'x' }],
      envFrom: [{ configMapRef: { name: 'settings' } }],
      securityContext: { readOnlyRootFilesystem: true },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    },
  ],
  volumes: [{ name: 'tmp', emptyDir: {} }],
}

test('the toolbox is a pod of the service in all but what it runs and its labels', () => {
  const { spec, metadata } = toolboxPod(names, service, { 'a/b.ts': '' })
  const [container] = spec?.containers ?? []
  assert.equal(spec?.serviceAccountName, 'account')
  assert.deepEqual(spec?.securityContext, service.securityContext)
  assert.equal(container?.image, 'image:1')
  assert.deepEqual(container?.env, service.containers[0]?.env)
  assert.deepEqual(container?.securityContext, { readOnlyRootFilesystem: true })
  assert.equal(container?.volumeMounts?.length, 2)
  assert.equal(metadata?.labels?.['app.kubernetes.io/instance'], 'rel-toolbox')
  assert.equal(spec?.restartPolicy, 'Never')
})

test('each file has a key of its own, and the volume puts it back to its path', () => {
  const files = toolboxFiles()
  const map = toolboxConfigMap(names, files)
  const items = toolboxPod(names, service, files).spec?.volumes?.at(-1)?.configMap?.items ?? []
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
