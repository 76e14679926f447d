import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeAnswer, questionsOf } from './askServices.ts'
import { countChecked, describeHealth, findProblems, type LiveResource } from './health.ts'

const labels = { 'app.kubernetes.io/instance': 'relevo', 'app.kubernetes.io/component': 'messages' }
const ready = { conditions: [{ type: 'Ready', status: 'True' }] }

function deployment(status: LiveResource['status'], replicas = 1): LiveResource {
  const template = { spec: { containers: [{ ports: [{ containerPort: 3000 }] }] } }
  return {
    kind: 'Deployment',
    metadata: { name: 'relevo-messages', generation: 2, labels },
    spec: { replicas, template },
    ...(status && { status }),
  }
}

function pod(name: string, podLabels: Record<string, string>, status: LiveResource['status']): LiveResource {
  return { kind: 'Pod', metadata: { name, labels: podLabels }, ...(status && { status }) }
}

const allReady = { readyReplicas: 1, updatedReplicas: 1, observedGeneration: 2 }

const pool: LiveResource = {
  kind: 'KafkaNodePool',
  metadata: { name: 'relevo-kafka' },
  spec: { replicas: 2 },
}
const poolLabels = { 'strimzi.io/pool-name': 'relevo-kafka' }
const cluster: LiveResource = {
  kind: 'Cluster',
  metadata: { name: 'relevo-postgres' },
  spec: { instances: 1 },
  status: { phase: 'Failing over' },
}
const instanceLabels = { 'cnpg.io/cluster': 'relevo-postgres', 'cnpg.io/podRole': 'instance' }

test('a release whose parts are all as they should be is healthy', () => {
  const resources: LiveResource[] = [
    deployment(allReady),
    { kind: 'Job', metadata: { name: 'relevo-migrate' }, status: { succeeded: 1 } },
    { kind: 'KafkaTopic', metadata: { name: 'relevo-messages' }, status: ready },
    { kind: 'Database', metadata: { name: 'relevo-messages' }, status: { applied: true } },
    cluster,
    pod('relevo-postgres-1', instanceLabels, ready),
    { ...pool, spec: { replicas: 1 } },
    pod('relevo-relevo-kafka-0', poolLabels, ready),
  ]
  assert.deepEqual(findProblems(resources), [])
  assert.equal(
    describeHealth(countChecked(resources), []),
    'Healthy: all of 6 resources are as they should be',
  )
})

test('a release that is not there is not healthy', () => {
  assert.match(describeHealth(countChecked([pod('other', {}, ready)]), []), /^Not healthy: nothing/)
})

const unhealthy: Array<[what: string, resources: LiveResource[], expected: RegExp]> = [
  [
    'a pod that ends again and again',
    [
      deployment({ ...allReady, readyReplicas: 0 }),
      pod('relevo-messages-1', labels, {
        containerStatuses: [
          {
            ready: false,
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
            lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
          },
        ],
      }),
    ],
    /deployment\/relevo-messages: 0 of 1 pods ready: relevo-messages-1 waits: CrashLoopBackOff, last ended with OOMKilled 137, restarted 4 times/,
  ],
  [
    'a pod without a node',
    [
      deployment(undefined),
      pod('relevo-messages-1', labels, {
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes: Insufficient cpu.' }],
      }),
    ],
    /0 of 1 pods ready: relevo-messages-1 finds no node \(0\/1 nodes: Insufficient cpu/,
  ],
  [
    'an image that is not there',
    [
      deployment(undefined),
      pod('relevo-messages-1', labels, {
        containerStatuses: [
          { ready: false, restartCount: 0, state: { waiting: { reason: 'ErrImagePull', message: 'no x' } } },
        ],
      }),
    ],
    /waits: ErrImagePull \(no x\)/,
  ],
  ['a service scaled to none', [deployment(allReady, 0)], /scaled to no pods/],
  ['a rollout under way', [deployment({ ...allReady, observedGeneration: 1 })], /new pods are not there yet/],
  [
    'a migration that has failed',
    [
      {
        kind: 'Job',
        metadata: { name: 'relevo-migrate-1' },
        status: { conditions: [{ type: 'Failed', status: 'True', message: 'backoff limit' }] },
      },
    ],
    /job\/relevo-migrate-1: failed \(backoff limit\); see: kubectl logs job\/relevo-migrate-1/,
  ],
  [
    'a topic that Strimzi refuses',
    [
      {
        kind: 'KafkaTopic',
        metadata: { name: 't' },
        status: { conditions: [{ type: 'Ready', status: 'False', message: 'Replication factor' }] },
      },
    ],
    /kafkatopic\/t: not ready \(Replication factor\)/,
  ],
  [
    'a user that Strimzi refuses',
    [
      {
        kind: 'KafkaUser',
        metadata: { name: 'u' },
        status: { conditions: [{ type: 'NotReady', status: 'True', message: 'no' }] },
      },
    ],
    /kafkauser\/u: not ready \(no\)/,
  ],
  ['a Kafka that no operator looks after', [{ kind: 'Kafka', metadata: { name: 'k' } }], /has not got to it/],
  ['a broker away', [pool, pod('relevo-relevo-kafka-0', poolLabels, ready)], /1 of 2 nodes ready/],
  ['an instance away', [cluster], /cluster\/relevo-postgres: 0 of 1 instances ready \(Failing over\)/],
  [
    'a database that is not made',
    [{ kind: 'Database', metadata: { name: 'd' }, status: { applied: false, message: 'no role' } }],
    /database\/d: not applied \(no role\)/,
  ],
]

for (const [what, resources, expected] of unhealthy) {
  test(`${what} is told with its reason`, () => {
    const line = describeHealth(countChecked(resources), findProblems(resources))
    assert.match(line, /^Not healthy: /)
    assert.match(line, expected)
    assert.ok(!line.includes('\n'))
  })
}

test('services are asked, unless they are scaled to none', () => {
  assert.deepEqual(questionsOf([deployment(allReady), pod('p', labels, ready)]), [
    { component: 'messages', workload: 'deployment/relevo-messages', path: '/stats' },
  ])
  assert.deepEqual(questionsOf([deployment(allReady, 0)]), [])
  const relay = deployment(allReady)
  const ofRelay = { ...labels, 'app.kubernetes.io/component': 'relay-shop' }
  const asked = questionsOf([{ ...relay, metadata: { ...relay.metadata, labels: ofRelay } }])
  assert.deepEqual(
    asked.map(({ path }) => path),
    ['/outboxes'],
  )
})

test('the troubles in an answer are found', () => {
  assert.deepEqual(describeAnswer('{"channels":[{"problem":null,"lag":0}]}'), {
    text: '{"channels":[{"problem":null,"lag":0}]}',
  })
  const problem = (body: unknown) => describeAnswer(JSON.stringify(body)).problem
  assert.equal(problem({ channels: [{ problem: 'Kafka is away' }] }), 'Kafka is away')
  assert.equal(
    problem({ quarantinedKeys: 1, stalledShards: [3, 4] }),
    '1 key is in quarantine, stalled shards: 3, 4',
  )
  assert.equal(
    problem({
      outboxes: [
        { outbox: 'a', ready: true },
        { outbox: 'b', problem: 'waits for database' },
      ],
    }),
    'waits for database',
  )
  assert.match(describeAnswer('<html>').problem ?? '', /not JSON/)
  assert.match(describeAnswer(undefined).problem ?? '', /does not answer/)
})
