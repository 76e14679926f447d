import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseRelease } from './release.ts'

function workload(kind: 'Deployment' | 'StatefulSet', place: string, component: string) {
  const [namespace = '', release = ''] = place.split('/')
  const labels = { 'app.kubernetes.io/instance': release, 'app.kubernetes.io/component': component }
  return { kind, metadata: { name: `${release}-${component}`, namespace, labels } }
}

const two = [
  workload('StatefulSet', 'a/one', 'notifications'),
  workload('Deployment', 'a/one', 'messages'),
  workload('Deployment', 'b/two', 'messages'),
]

test('the only release is taken, with its workloads by component', () => {
  assert.deepEqual(chooseRelease(two.slice(0, 2), {}), {
    name: 'one',
    namespace: 'a',
    workloads: {
      notifications: { kind: 'StatefulSet', name: 'one-notifications' },
      messages: { kind: 'Deployment', name: 'one-messages' },
    },
  })
})

test('of several, one has to be chosen', () => {
  assert.throws(() => chooseRelease(two, {}), /a\/one, b\/two/)
  assert.equal(chooseRelease(two, { release: 'two' }).namespace, 'b')
})

test('none is an error that says what to do', () => {
  assert.throws(() => chooseRelease([], {}), /k8s:install/)
  assert.throws(() => chooseRelease(two, { release: 'three' }), /No release/)
})
