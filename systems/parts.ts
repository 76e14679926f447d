import type { TopicContract } from '@relevo/contracts'
import { canaryTopic } from './canary.ts'
import type { Flow, Relay, Service, System } from './system.ts'

/** A process of a system. */
export interface Part {
  readonly name: string
  readonly port: number
  /** Folder under `services/`. */
  readonly folder: string
  /** Names of the databases it uses; a service has one. */
  readonly databases: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Variables that name a file, by its path in the data directory. */
  readonly files: Readonly<Record<string, string>>
  /** Services that it asks. */
  readonly calls?: readonly string[]
  /** It watches the others. */
  readonly monitors?: true
  /** It passes requests on to the others. */
  readonly gateway?: true
  /** The port that it has instead where it can have that. */
  readonly preferredPort?: number
  /** Operators act on the others by it. */
  readonly operates?: true
}

/** Every process: the services, then the relays. */
export function partsOf({ services, relays }: System): Part[] {
  return [
    ...services.map((service) => ({
      name: service.name,
      port: service.port,
      folder: folderOf(service),
      databases: service.database === undefined ? [] : [service.database],
      variables: service.variables ?? {},
      files: service.files ?? {},
      ...(service.calls && { calls: service.calls }),
      ...(service.monitors && { monitors: service.monitors }),
      ...(service.gateway && { gateway: service.gateway }),
      ...(service.preferredPort && { preferredPort: service.preferredPort }),
      ...(service.operates && { operates: service.operates }),
    })),
    ...relays.map(relayPart),
  ]
}

function relayPart({ name, port, outboxes, source }: Relay): Part {
  const variables = {
    ...(outboxes.length === 1
      ? { EVENT_SOURCE: `/relevo/${outboxes[0]}` }
      : { OUTBOXES: outboxes.join(',') }),
    // A table is the default, which a variable of whoever starts it may change.
    ...(source === 'wal' && { RELAY_SOURCE: source }),
  }
  return { name, port, folder: 'relay', databases: outboxes, variables, files: {} }
}

/** The variables that name the databases of a process: DATABASE_URL, or INVENTORY_DATABASE_URL and so on for several. */
export function databaseVariables(
  { databases }: Pick<Part, 'databases'>,
  urlOf: (database: string) => string,
): Record<string, string> {
  const [only, ...others] = databases
  if (only !== undefined && others.length === 0) return { DATABASE_URL: urlOf(only) }
  return Object.fromEntries(databases.map((name) => [urlVariable(`${name}-database`), urlOf(name)]))
}

/** MONITORED_SERVICES: what there is to be watched, with its base URL; `name=url` with commas between. */
export function monitoredServices(
  parts: readonly Pick<Part, 'name' | 'monitors'>[],
  urlOf: (name: string) => string,
): string {
  return listServices(
    parts.filter(({ monitors }) => monitors === undefined),
    urlOf,
  )
}

/** OPERATED_SERVICES: what there is to act on, with its base URL; `name=url` with commas between. */
export function operatedServices(
  parts: readonly Pick<Part, 'name' | 'operates'>[],
  urlOf: (name: string) => string,
): string {
  return listServices(
    parts.filter(({ operates }) => operates === undefined),
    urlOf,
  )
}

function listServices(parts: readonly Pick<Part, 'name'>[], urlOf: (name: string) => string): string {
  return parts.map(({ name }) => `${name}=${urlOf(name)}`).join(',')
}

/** GATEWAY_SERVICES: the services with a route that are there, with their base URLs; `name=url` with commas between. */
export function gatewayServices(
  systems: readonly Pick<System, 'services'>[],
  urlOf: (name: string) => string,
): string {
  const routed = systems.flatMap(({ services }) => services.filter(({ route }) => route !== undefined))
  return routed.map(({ name }) => `${name}=${urlOf(name)}`).join(',')
}

/**
 * MONITORED_KAFKA: the topics of the systems with their dead-letter topics, and the consumer groups with the service and the
 * topics of each, as JSON.
 */
export function monitoredKafka(systems: readonly Pick<System, 'topics' | 'flows'>[]): string {
  const topics = systems.flatMap((system) =>
    system.topics.map(({ name, deadLetters }) => [name, deadLetters?.name ?? null] as const),
  )
  const flows = systems.flatMap((system) => system.flows)
  const groups = [...Map.groupBy(flows, ({ group, consumer }) => `${consumer}:${group}`).values()].map(
    (own) => ({
      group: own[0]?.group,
      service: own[0]?.consumer,
      topics: [...new Set(own.map(({ topic }) => topic.name))],
    }),
  )
  return JSON.stringify({ topics: Object.fromEntries(topics), groups })
}

/** A command of `tryIt` with the base URLs of the services that it names. @param urlOf undefined: the name stays. */
export function withUrls(line: string, urlOf: (name: string) => string | undefined): string {
  return line.replaceAll(/\{([a-z0-9-]+)\}/g, (text, name: string) => urlOf(name) ?? text)
}

/** The variable that names the base URL of a service or relay, as RELAY_MESSAGES_URL. */
export function urlVariable(name: string): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_URL`
}

export function folderOf({ name, folder = name }: Service): string {
  return folder
}

/** @throws Error when the system has no such service. */
export function serviceOf(system: System, name: string): Service {
  const found = system.services.find((service) => service.name === name)
  if (!found) throw new Error(`The system ${system.name} has no service ${name}.`)
  return found
}

/** The database whose outbox holds the events of a topic. @throws Error when none does. */
export function outboxOf(system: System, topic: TopicContract): string {
  const event = system.events.find((each) => each.topic === topic)
  if (!event) throw new Error(`No event of ${system.name} goes to the topic ${topic.name}.`)
  return databaseOf(system, event.producer)
}

/** The database of a service. @throws Error when it has none. */
export function databaseOf(system: System, name: string): string {
  const { database } = serviceOf(system, name)
  if (database === undefined) throw new Error(`The service ${name} of ${system.name} has no database.`)
  return database
}

/** The topics that the events of a database's outbox go to. */
export function topicsOf(system: System, database: string): TopicContract[] {
  return system.topics.filter((topic) => outboxOf(system, topic) === database)
}

/** The relay of a database's outbox; default: of the one that the entry's events are in. @throws Error without one. */
export function relayOf(system: System, database = outboxOf(system, system.entry.topic)): Relay {
  const found = system.relays.find(({ outboxes }) => outboxes.includes(database))
  if (!found) throw new Error(`No relay of ${system.name} publishes the outbox of ${database}.`)
  return found
}

/** Where the relay at this URL answers with the audit of one of its outboxes. */
export function auditUrl({ outboxes }: Relay, outbox: string, relayUrl: string): string {
  const url = new URL('/audit', relayUrl)
  if (outboxes.length > 1) url.searchParams.set('outbox', outbox)
  return url.href
}

/** The flow that the entry's events take first. @throws Error when nobody consumes them. */
export function entryFlow(system: System): Flow {
  const found = system.flows.find(({ topic }) => topic === system.entry.topic)
  if (!found) throw new Error(`Nobody consumes ${system.entry.topic.name}.`)
  return found
}

/** The database where the effects of a flow are. */
export function effectsOf(system: System, { consumer }: Flow): string {
  return databaseOf(system, consumer)
}

/** A name for people and files: several groups may read one topic. */
export function flowName({ topic, group }: Flow): string {
  return `${topic.name}>${group}`
}

/** The topics of a system, each followed by its dead letters. */
export function topicsWithDeadLetters({ topics }: Pick<System, 'topics'>): TopicContract[] {
  return topics.flatMap((topic) => [topic, ...(topic.deadLetters ? [topic.deadLetters] : [])])
}

/** What a service may do with Kafka. */
export interface KafkaRights {
  readonly read: readonly string[]
  readonly write: readonly string[]
  readonly groups: readonly string[]
}

/** The rights that a service's flows need; undefined for one that has no business with Kafka. */
export function rightsOf(
  system: System,
  { name, groups, operates, monitors }: Service,
): KafkaRights | undefined {
  const flows = system.flows.filter(({ consumer }) => consumer === name)
  if (flows.length === 0) return operates && { read: [], write: [], groups: [] } // the chart gives it more
  const topics = [...new Set([...flows.map(({ topic }) => topic), ...(monitors ? [canaryTopic] : [])])]
  return {
    read: topics.map((topic) => topic.name),
    write: topics.flatMap(({ deadLetters }) => (deadLetters ? [deadLetters.name] : [])),
    groups: groups ?? [...new Set(flows.map(({ group }) => group))],
  }
}
