import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Chapter } from '../scenario.ts'
import { debeziumVersion, heapMegabytes } from './debezium.ts'

const packages = {
  inbox: ['pg-transactional-outbox', 'kafkajs'],
  events: ['@event-driven-io/emmett-postgresql'],
  shop: ['kafkajs'],
}

/** The peers of a chapter with their versions, a line of Markdown; nothing where there are none. */
export function describePeers(chapter: Chapter): string[] {
  if (chapter in packages) return [`- ${packages[chapter as keyof typeof packages].map(named).join(', ')}.`]
  if (chapter !== 'peers') return []
  const names = packages.inbox.map(named).join(' with ')
  return [
    `- Debezium ${debeziumVersion} (Kafka Connect of the same Kafka, heap ${heapMegabytes} MB), ${names}.`,
  ]
}

function named(name: string): string {
  return `${name} ${versionOf(name)}`
}

function versionOf(name: string): string {
  const file = join(import.meta.dirname, '../../node_modules', name, 'package.json')
  return JSON.parse(readFileSync(file, 'utf8')).version
}
