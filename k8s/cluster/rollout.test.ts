import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRolledOut } from './rollout.ts'

test('a Deployment is rolled out when all of its pods are of its newest template, and available', () => {
  const metadata = { generation: 3 }
  const spec = { replicas: 2, selector: {}, template: {} }
  const status = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }
  assert.ok(isRolledOut({ metadata, spec, status }))
  for (const early of [
    { observedGeneration: 2 },
    { replicas: 3 },
    { updatedReplicas: 1 },
    { availableReplicas: 1 },
  ])
    assert.equal(
      isRolledOut({ metadata, spec, status: { ...status, ...early } }),
      false,
      JSON.stringify(early),
    )
  assert.equal(isRolledOut({ metadata, spec }), false)
})
