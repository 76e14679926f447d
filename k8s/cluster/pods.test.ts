import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kube } from './kube.ts'
import { orNoRoom } from './pods.ts'

const message = '0/1 nodes are available: 1 Insufficient cpu.'
const noTime = new Error('Waited 300 s in vain for the rollout of users.')

function kubeWith(conditions: readonly object[]): Kube {
  const items = [{ metadata: { name: 'users-1' }, status: { conditions } }]
  return { core: { listNamespacedPod: async () => ({ items }) } } as unknown as Kube
}

test('a wait for pods that ends in vain says that no node has room for one', async () => {
  const kube = kubeWith([{ type: 'PodScheduled', status: 'False', message }])
  await assert.rejects(
    orNoRoom(kube, 'relevo', 'app', () => Promise.reject(noTime)),
    {
      message: `${noTime.message} There is no room: ${message}`,
    },
  )
})

test('and says nothing of room when every pod has its node', async () => {
  const kube = kubeWith([{ type: 'PodScheduled', status: 'True' }])
  await assert.rejects(
    orNoRoom(kube, 'relevo', 'app', () => Promise.reject(noTime)),
    noTime,
  )
})
