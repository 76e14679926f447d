// Backups of Postgres, and a Postgres that is made from one. What follows from a restore is in tests/faults/restore.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveResources } from './apiHarness.ts'
import { type Resource, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()
const plugin = 'barman-cloud.cloudnative-pg.io'

function values(postgres: object): string[] {
  return ['--set-json', `postgres=${JSON.stringify(postgres)}`]
}

function specOf(resources: readonly Resource[], kind: string): Resource['spec'] {
  return resources.find((one) => one.kind === kind)?.spec
}

async function refusal(args: readonly string[]): Promise<string> {
  const error = await renderChart(args).then(
    () => assert.fail('it was not refused'),
    (cause: { stderr: string }) => cause,
  )
  return error.stderr
}

test('base backups and the log go to an object store that the chart makes, and stay when the release goes', {
  skip,
}, async () => {
  const configuration = { destinationPath: 's3://backups/', s3Credentials: { inheritFromIAMRole: true } }
  const resources = await renderChart(
    values({ backup: { enabled: true, objectStore: { configuration, retention: '4w' } } }),
  )
  const cluster = specOf(resources, 'Cluster')
  assert.deepEqual(cluster.plugins, [
    {
      name: plugin,
      isWALArchiver: true,
      parameters: { barmanObjectName: 'relevo-postgres', serverName: 'relevo-postgres' },
    },
  ])
  assert.deepEqual(cluster.backup, { target: 'prefer-standby' })
  const store = resources.find(({ kind }) => kind === 'ObjectStore')
  assert.deepEqual(store?.spec, { retentionPolicy: '4w', configuration })
  assert.equal(store?.metadata.annotations?.['helm.sh/resource-policy'], 'keep')
  const { schedule, ...scheduled } = specOf(resources, 'ScheduledBackup')
  assert.equal(schedule.split(' ').length, 6, 'with seconds')
  assert.deepEqual(scheduled, {
    cluster: { name: 'relevo-postgres' },
    immediate: true,
    suspend: false,
    backupOwnerReference: 'none',
    method: 'plugin',
    pluginConfiguration: { name: plugin },
  })
})

test('a snapshot of the volume is a backup as well, with the log in an object store that exists', {
  skip,
}, async () => {
  const backup = {
    enabled: true,
    method: 'volumeSnapshot',
    volumeSnapshot: { class: 'csi' },
    objectStore: { existing: 'store' },
  }
  const resources = await renderChart(values({ backup }))
  const cluster = specOf(resources, 'Cluster')
  assert.deepEqual(cluster.backup.volumeSnapshot, { className: 'csi', snapshotOwnerReference: 'none' })
  assert.equal(cluster.plugins[0].parameters.barmanObjectName, 'store')
  assert.equal(specOf(resources, 'ScheduledBackup').method, 'volumeSnapshot')
  assert.equal(specOf(resources, 'ObjectStore'), undefined)
})

test('a new Postgres is made from a backup, up to a time, and writes its own log into another folder', {
  skip,
}, async () => {
  const resources = await renderChart(
    values({
      backup: { enabled: true, objectStore: { existing: 'store', serverName: 'relevo-postgres-2' } },
      recovery: {
        enabled: true,
        objectStore: 'store',
        volumeSnapshot: 'snapshot-1',
        targetTime: '2026-11-28T08:00:00.5+01:00',
      },
    }),
  )
  const { bootstrap, externalClusters, plugins } = specOf(resources, 'Cluster')
  assert.deepEqual(bootstrap, {
    recovery: {
      source: 'source',
      volumeSnapshots: {
        storage: { name: 'snapshot-1', kind: 'VolumeSnapshot', apiGroup: 'snapshot.storage.k8s.io' },
      },
      recoveryTarget: { targetTime: '2026-11-28T08:00:00.5+01:00' },
    },
  })
  assert.deepEqual(externalClusters, [
    {
      name: 'source',
      plugin: { name: plugin, parameters: { barmanObjectName: 'store', serverName: 'relevo-postgres' } },
    },
  ])
  assert.equal(plugins[0].parameters.serverName, 'relevo-postgres-2')
})

test('what cannot be backed up or restored is refused, with what to do', { skip }, async () => {
  const both = { existing: 'a', configuration: { endpointURL: 'http://s3', serverName: 'a' } }
  const twice = await refusal(
    values({ backup: { enabled: true, objectStore: both }, recovery: { enabled: true, backupId: 'x' } }),
  )
  assert.match(twice, /backup\.objectStore: both one that exists/)
  assert.match(twice, /configuration\.destinationPath: say where/)
  assert.match(twice, /configuration\.serverName: .*use postgres\.backup\.objectStore\.serverName/)
  assert.match(twice, /recovery: say what to restore/)
  assert.match(twice, /recovery\.backupId/)
  const sameFolder = await refusal(
    values({
      backup: { enabled: true, objectStore: { existing: 'a' } },
      recovery: { enabled: true, objectStore: 'a' },
    }),
  )
  assert.match(sameFolder, /serverName: the new Postgres would write its log into .*relevo-postgres-2/)
  const none = await refusal(
    values({
      backup: { enabled: true },
      recovery: { enabled: true, volumeSnapshot: 's', targetTime: '2026-11-28T08:00:00Z' },
    }),
  )
  assert.match(none, /backup\.objectStore: name an ObjectStore/)
  assert.match(none, /recovery\.targetTime: .*name the objectStore/)
  const elsewhere = await refusal(values({ enabled: false, backup: { enabled: true } }))
  assert.match(elsewhere, /postgres\.backup\.enabled: .*by its own means/)
  const wrong = await refusal(
    values({ backup: { schedule: '0 2 * * *' }, recovery: { targetTime: 'yesterday' } }),
  )
  assert.match(wrong, /backup\/schedule/)
  assert.match(wrong, /recovery\/targetTime/)
})

test('a restore over a Postgres that is there is refused, and one that was restored is upgraded', {
  skip,
}, async (t) => {
  const cluster = (bootstrap: object) => ({
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'relevo-postgres' },
    spec: { bootstrap },
  })
  const recovery = values({ recovery: { enabled: true, objectStore: 'store' } })
  const there = await serveResources(t, [cluster({ initdb: {} })])
  assert.match(
    await refusal([...there, ...recovery]),
    /cluster\/relevo-postgres is there.*runbooks\/restore\.md/,
  )
  const restored = await serveResources(t, [cluster({ recovery: { source: 'source' } })])
  assert.ok(specOf(await renderChart([...restored, ...recovery]), 'Cluster').bootstrap.recovery)
})
