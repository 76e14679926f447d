import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freePort, startKafka, temporaryDirectory } from '@relevo/embedded'
import { setScramPassword } from '@relevo/testing'
import { createAdmin } from './admin.ts'
import { createConsumer } from './consumer.ts'
import type { KafkaError } from './kafkaError.ts'
import { createProducer } from './producer.ts'
import { allRecords, eventually, testRecord } from './testTopic.ts'

const run = promisify(execFile)
const secret = 'change-it'

/** A key and a certificate for the loopback address, in a store for the broker and as PEM for the clients. */
async function certificate(directory: string): Promise<{ store: string; ca: string }> {
  const keytool = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'keytool') : 'keytool'
  const store = join(directory, 'broker.p12')
  const common = ['-keystore', store, '-storetype', 'PKCS12', '-storepass', secret, '-alias', 'broker']
  const names = ['-dname', 'CN=localhost', '-ext', 'san=dns:localhost,ip:127.0.0.1']
  await run(keytool, ['-genkeypair', ...common, '-keyalg', 'EC', '-validity', '30', ...names])
  const { stdout } = await run(keytool, ['-exportcert', '-rfc', ...common])
  return { store, ca: stdout }
}

interface Ports {
  readonly open: number
  readonly secure: number
  readonly controller: number
}

/** A listener without protection, by which `startKafka` sees that the broker serves, and a secure one. */
function brokerSettings(store: string, { open, secure, controller }: Ports): Record<string, string> {
  const listeners = `PLAINTEXT://127.0.0.1:${open},SECURE://127.0.0.1:${secure}`
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
  return {
    listeners: `${listeners},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': listeners,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.secure.plain.sasl.jaas.config': `${plain} user_service="${secret}";`,
    'listener.name.secure.scram-sha-256.sasl.jaas.config': `${scram};`,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': `${scram};`,
    'ssl.keystore.location': store,
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.password': secret,
    'ssl.key.password': secret,
  }
}

test('producer, consumer, admin and reader speak TLS and SASL', async (t) => {
  const directory = temporaryDirectory()
  const { store, ca } = await certificate(directory)
  const ports = { open: await freePort(), secure: await freePort(), controller: await freePort() }
  const settings = brokerSettings(store, ports)
  const kafka = await startKafka({ directory: join(directory, 'kafka'), port: ports.open, settings })
  const clients: Array<() => Promise<void>> = []
  t.after(async () => {
    await Promise.all(clients.map((close) => close()))
    await kafka.kill()
    rmSync(directory, { recursive: true, force: true })
  })
  const as = (
    mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512',
    username: string,
    password = secret,
  ) => ({
    brokers: [`127.0.0.1:${ports.secure}`],
    clientId: 'test',
    tls: { ca },
    sasl: { mechanism, username, password },
  })
  await setScramPassword(kafka.brokers[0] as string, 'service', secret)
  for (const config of [
    as('plain', 'service'),
    as('scram-sha-256', 'service'),
    as('scram-sha-512', 'service'),
  ]) {
    const topic = `topic-${randomUUID()}`
    const [admin, producer] = [createAdmin(config), createProducer(config)]
    clients.push(admin.close, producer.close)
    await admin.ensureTopics([{ topic, partitions: 1 }])
    await producer.send([testRecord(topic, 'secret')])
    assert.equal((await allRecords(config, topic)).length, 1)
    const seen: string[] = []
    const consumer = createConsumer(config, {
      groupId: randomUUID(),
      topics: [topic],
      onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
    })
    clients.push(consumer.stop)
    await consumer.start()
    await eventually(() => seen.length === 1)
  }

  // A password that changes is read for the next connection, by the client that is there.
  let password = 'not yet'
  const changing = () => {
    const { sasl, ...config } = as('scram-sha-512', 'service')
    const now = {
      ...sasl,
      get password() {
        return password
      },
    }
    return { ...config, sasl: now }
  }
  const topic = `topic-${randomUUID()}`
  const [admin, producer] = [createAdmin(changing()), createProducer(changing())]
  const consumer = createConsumer(changing(), {
    groupId: randomUUID(),
    topics: [topic],
    onBatch: async () => {},
  })
  clients.push(admin.close, producer.close, consumer.stop)
  await assert.rejects(producer.connect(), { code: 'unauthenticated' })
  await assert.rejects(admin.ensureTopics([{ topic, partitions: 1 }]), { code: 'unauthenticated' })
  password = secret
  await admin.ensureTopics([{ topic, partitions: 1 }])
  await producer.send([testRecord(topic, 'secret')])
  await consumer.start()

  const wrong = createProducer(as('scram-sha-512', 'service', 'wrong'))
  await assert.rejects(wrong.connect(), { name: 'KafkaError', code: 'unauthenticated', scope: 'cluster' })
  const wrongAdmin = createAdmin(as('plain', 'service', 'wrong'))
  await assert.rejects(wrongAdmin.topicOffsets(['t']), { name: 'KafkaError', code: 'unauthenticated' })
  const crashes: KafkaError[] = []
  const refused = createConsumer(as('scram-sha-512', 'service', 'wrong'), {
    groupId: randomUUID(),
    topics: ['t'],
    onBatch: async () => undefined,
    onCrash: (error) => void crashes.push(error),
    giveUpAfterMs: 500,
  })
  clients.push(refused.stop)
  await refused.start()
  assert.deepEqual([crashes[0]?.code, refused.health().error], ['unauthenticated', 'unauthenticated'])

  const untrusting = createProducer({ ...as('plain', 'service'), tls: {} })
  await assert.rejects(untrusting.connect(), { name: 'KafkaError', code: 'unreachable' })
  await Promise.all([wrong.close(), wrongAdmin.close(), untrusting.close()])
})
