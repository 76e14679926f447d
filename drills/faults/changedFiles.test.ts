import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedFilesOf } from './changedFiles.ts'

test('pods tell by their template that they have other files, whatever they are doing just now', () => {
  const other = { name: 'drill-files', mountPath: '/app/services/orders/orders.ts', subPath: '0' }
  const volumeMounts = [{ name: 'tmp', mountPath: '/tmp' }, other]
  assert.deepEqual(changedFilesOf({ containers: [{ name: 'orders', volumeMounts }] }), [other.mountPath])
  assert.deepEqual(changedFilesOf({ containers: [{ name: 'orders', volumeMounts: [] }] }), [])
  assert.deepEqual(changedFilesOf({ containers: [{ name: 'orders' }] }), [])
})
