import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { debeziumVersion, heapMegabytes } from './debezium.ts'

/** The peers with their versions, a line of Markdown. */
export function describePeers(): string {
  const names = ['pg-transactional-outbox', 'kafkajs'].map((name) => `${name} ${versionOf(name)}`)
  return `- Debezium ${debeziumVersion} (Kafka Connect of the same Kafka, heap ${heapMegabytes} MB), ${names.join(' with ')}.`
}

function versionOf(name: string): string {
  const file = join(import.meta.dirname, '../../node_modules', name, 'package.json')
  return JSON.parse(readFileSync(file, 'utf8')).version
}
