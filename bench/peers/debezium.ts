import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  findJars,
  findJava,
  freePort,
  type JarSet,
  kafkaLogging,
  kafkaVersion,
  renderLogging,
  renderProperties,
} from '@relevo/embedded'
import { startProcess } from '../benchProcess.ts'
import { createPeerSlot, debeziumTable } from '../sql/peerTables.ts'
import { type Contestant, slotOf, untilSlotActive } from './contestant.ts'
import { connectorSettings, workerSettings } from './debeziumSettings.ts'

export const debeziumVersion = '3.7.0.Final'

/** Debezium's connector for Postgres with the Kafka Connect that runs it. */
export const debeziumJars: JarSet = {
  name: `debezium-connect-${kafkaVersion}`,
  version: debeziumVersion,
  title: 'Debezium',
  megabytes: 40,
  dependencies: [
    ['org.apache.kafka', 'connect-runtime', kafkaVersion],
    ['org.apache.kafka', 'connect-json', kafkaVersion],
    ['org.apache.kafka', 'connect-transforms', kafkaVersion],
    ['io.debezium', 'debezium-connector-postgres', debeziumVersion],
    ...kafkaLogging,
  ],
}

/** With this heap and the parallel collector it took the least CPU of those tried: 256 MB to 1 GB, serial, parallel and G1. */
export const heapMegabytes = 512

/** Debezium's Postgres connector with its outbox event router, in a Kafka Connect of its own. */
export const debezium: Contestant = {
  name: 'Debezium',
  recording: 'debezium',
  table: 'outboxevent',
  idHeader: 'id',
  backlog: 300_000,
  prepare: async (_bed, outbox) => {
    await outbox.pool.query(debeziumTable)
    await outbox.pool.query(createPeerSlot, [slotOf(outbox)])
  },
  start: async (bed, outbox) => {
    const [java, libraries] = await Promise.all([findJava(), findJars(debeziumJars, console.log)])
    const directory = join(bed.directory, `connect-${outbox.topic}`)
    mkdirSync(directory, { recursive: true })
    const write = (name: string, content: string) => writeFileSync(join(directory, name), content)
    write('worker.properties', renderProperties(workerSettings(bed.brokers, await freePort())))
    write('connector.properties', renderProperties(connectorSettings(outbox.url, slotOf(outbox))))
    write('log4j2.properties', renderLogging())
    return startProcess({
      command: java.program,
      args: [
        ...['-cp', join(libraries, '*'), `-Xmx${heapMegabytes}m`, '-XX:+UseParallelGC'],
        ...['-Djava.awt.headless=true', '-Dlog4j2.configurationFile=log4j2.properties'],
        'org.apache.kafka.connect.cli.ConnectStandalone',
        ...['worker.properties', 'connector.properties'],
      ],
      directory,
      logFile: join(directory, 'connect.log'),
      variables: { LC_ALL: 'C.UTF-8' },
    })
  },
  untilReady: untilSlotActive,
}
