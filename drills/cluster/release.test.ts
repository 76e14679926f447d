import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseRelease } from './release.ts'

function deployment(namespace: string, release: string, component: string) {
  const labels = { 'app.kubernetes.io/instance': release, 'app.kubernetes.io/component': component }
  return { metadata: { name: `${release}-${component}`, namespace, labels } }
}

const two = [
  deployment('a', 'one', 'relay'),
  deployment('a', 'one', 'messages'),
  deployment('b', 'two', 'relay'),
]

test('the only release is taken, with its deployments by component', () => {
  assert.deepEqual(chooseRelease(two.slice(0, 2), {}), {
    name: 'one',
    namespace: 'a',
    deployments: { relay: 'one-relay', messages: 'one-messages' },
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
