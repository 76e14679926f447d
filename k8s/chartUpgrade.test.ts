// What the chart renders where it is installed already.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { allSystems } from '../systems/index.ts'
import { serveResources } from './apiHarness.ts'
import { ciValues, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()

/** Turns every system off but messages: a render of one takes a third of what all take. */
const messagesAlone = allSystems
  .filter(({ name }) => name !== 'messages')
  .flatMap(({ name }) => ['--set', `systems.${name}.enabled=false`])

/** The pods that messages is given where there are `replicas` now, and the values said `said` at the last upgrade. */
async function renderReplicas(t: TestContext, replicas: number, said: string, set: string): Promise<unknown> {
  const messages = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'relevo-messages', annotations: { 'relevo/replicas': said } },
    spec: { replicas },
  }
  const live = await serveResources(t, [messages])
  const resources = await renderChart([...live, ...messagesAlone, '--set', set])
  const rendered = resources.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'relevo-messages',
  )
  return rendered?.spec.replicas
}

const replicas: Array<[what: string, live: number, said: string, set: string, expected: number]> = [
  ['scaled by hand, values as before: left', 3, '1', 'services.messages.replicas=1', 3],
  ['scaled by hand, values changed: as the values say', 3, '1', 'services.messages.replicas=2', 2],
  ['scaled to none by hand: left', 0, '1', 'services.messages.replicas=1', 0],
  ['an autoscaler is turned on: left', 3, '3', 'services.messages.hpa.enabled=true', 3],
  ['an autoscaler has scaled: left', 2, 'hpa', 'services.messages.hpa.enabled=true', 2],
  ['an autoscaler is turned off: as the values say', 5, 'hpa', 'services.messages.replicas=2', 2],
]

for (const [what, live, said, set, expected] of replicas) {
  test(`${what} (${live} pods become ${expected})`, { skip }, async (t) => {
    assert.equal(await renderReplicas(t, live, said, set), expected)
  })
}

test('a service that is new gets what the values say, and one with an autoscaler what it decides', {
  skip,
}, async (t) => {
  const args = [...(await serveResources(t, [])), '--set', 'services.messages.hpa.enabled=true']
  const byName = new Map((await renderChart(args)).map((one) => [`${one.kind}/${one.metadata.name}`, one]))
  assert.equal(byName.get('Deployment/relevo-commissions')?.spec.replicas, 1)
  assert.equal(byName.get('Deployment/relevo-messages')?.spec.replicas, undefined)
})

test('the token of operators is made once, and kept by upgrades', { skip }, async (t) => {
  const tokenOf = async (args: string[]) => {
    const secret = (await renderChart([...args, ...messagesAlone])).find(({ kind }) => kind === 'Secret')
    return secret?.data.token as string
  }
  const first = await tokenOf(await serveResources(t, []))
  assert.match(Buffer.from(first, 'base64').toString(), /^[A-Za-z0-9]{40}$/)
  assert.notEqual(await tokenOf(await serveResources(t, [])), first)
  const metadata = { name: 'relevo-operator' }
  const live = { apiVersion: 'v1', kind: 'Secret', metadata, data: { token: first } }
  assert.equal(await tokenOf(await serveResources(t, [live])), first)
  assert.equal(await tokenOf([...ciValues('external')]), undefined)
})

const topic = {
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaTopic',
  metadata: { name: 'relevo-messages' },
  spec: { replicas: 1, partitions: 6 },
}

test('more copies than a topic has are refused with what to do, unless Cruise Control is there', {
  skip,
}, async (t) => {
  const args = [...(await serveResources(t, [topic])), ...ciValues('ha')]
  await assert.rejects(renderChart(args), (error: { stderr: string }) => {
    assert.match(
      error.stderr,
      /kafkatopic\/relevo-messages is there with replicas 1.*From one broker to three/,
    )
    return true
  })
  const cruiseControl = ['--set', 'kafka.cruiseControl.enabled=true']
  await assert.rejects(renderChart([...args, ...cruiseControl]), (error: { stderr: string }) => {
    assert.match(error.stderr, /kafka\.minInsyncReplicas: .*relevo-messages has replicas 1 until/)
    return true
  })
  const inSync = ['--set', 'kafka.minInsyncReplicas=1']
  const rendered = await renderChart([...args, ...cruiseControl, ...inSync])
  assert.equal(rendered.find(({ kind }) => kind === 'KafkaTopic')?.spec.replicas, 3)
  assert.ok(rendered.find(({ kind }) => kind === 'Kafka')?.spec.cruiseControl)
})

test('brokers can be added, and a topic that has its copies is taken as it is', { skip }, async (t) => {
  const args = await serveResources(t, [topic])
  const rendered = await renderChart([...args, ...messagesAlone, '--set', 'kafka.replicas=3'])
  assert.equal(rendered.find(({ kind }) => kind === 'KafkaNodePool')?.spec.replicas, 3)
})

test('fewer partitions than a topic has are refused', { skip }, async (t) => {
  const args = [...(await serveResources(t, [topic])), '--set', 'kafka.topics.messages.partitions=3']
  await assert.rejects(renderChart(args), (error: { stderr: string }) => {
    assert.match(error.stderr, /kafka\.topics\.messages\.partitions: kafkatopic\/relevo-messages has 6/)
    return true
  })
})
