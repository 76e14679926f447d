import { type TopicContract, topicDefinition } from '@relevo/contracts'
import { stringify } from 'yaml'
import {
  folderOf,
  monitoredKafka,
  partsOf,
  rightsOf,
  topicsOf,
  topicsWithDeadLetters,
} from '../../systems/parts.ts'
import type { ChartValues, Relay, Service, System } from '../../systems/system.ts'
import { replaceGenerated } from './marked.ts'

/** A value of the chart with the line that documents it. */
type Commented = readonly [comment: string, key: string, value: unknown]

/** The blocks of charts/relevo/values.yaml that derive from the systems. */
export function renderChartValues(systems: readonly System[], current: string): string {
  const blocks: Readonly<Record<string, readonly string[]>> = {
    systems: systems.flatMap(systemLines),
    services: systems.flatMap((system) =>
      system.services.flatMap((service) => serviceLines(systems, system, service)),
    ),
    relays: systems.flatMap((system) => system.relays.flatMap((relay) => relayLines(system, relay))),
    topics: systems.flatMap(topicLines),
    databases: systems.flatMap(databaseLines),
  }
  return Object.entries(blocks).reduce((text, [name, lines]) => replaceGenerated(text, name, lines), current)
}

function systemLines(system: System): string[] {
  const names = partsOf(system).map(({ name }) => name)
  return [
    `# -- Install ${names.join(', ')}, with their databases and topics`,
    `${system.name}: { enabled: true }`,
  ]
}

/** The systems that an entry is installed for. */
function installedFor(system: System): Commented {
  return installedForAll([system])
}

function installedForAll(systems: readonly System[]): Commented {
  return ['Installed when one of these is enabled', 'systems', systems.map(({ name }) => name)]
}

function isRouted({ services }: System): boolean {
  return services.some(({ route }) => route !== undefined)
}

function databaseLine(name: string): Commented {
  return [
    'Its database (a name in postgres.databases) and role: app, relay or owner',
    'database',
    { name, role: 'app' },
  ]
}

function routeLine(route: string): Commented {
  return [
    route === '/' ? 'The gateway serves its pages' : 'Its path at the gateway, below /api',
    'route',
    route,
  ]
}

function serviceLines(systems: readonly System[], system: System, service: Service): string[] {
  const { name, port, database, caches, monitors, operates, calls, gateway, route } = service
  const watched = monitors && { MONITORED_KAFKA: monitoredKafka(systems) }
  const chart = { ...service.chart, ...(watched && { env: { ...service.chart?.env, ...watched } }) }
  const rights = rightsOf(system, service)
  return entry(name, [
    gateway ? installedForAll(systems.filter(isRouted)) : installedFor(system),
    ['Command in the image', 'command', ['node', `services/${folderOf(service)}/main.ts`]],
    ['Its port, also of /health, /ready, /serving and /metrics', 'port', port],
    ...(monitors
      ? [['It watches every process of the release, and the offsets in Kafka', 'monitors', true] as const]
      : []),
    ...(operates
      ? [['Operators act on every process of the release through it', 'operates', true] as const]
      : []),
    ...(gateway || route !== undefined ? [drainLine] : []),
    ...chartLines(chart),
    ...(gateway
      ? [['It forwards requests to the services that have a route', 'gateway', true] as const]
      : []),
    ...(route === undefined ? [] : [routeLine(route)]),
    ...(database === undefined ? [] : [databaseLine(database)]),
    ...(calls === undefined
      ? []
      : [['Services that it asks over HTTP, at <NAME>_URL', 'calls', calls] as const]),
    ...(caches === undefined
      ? []
      : [['Keeps recent answers in `valkey`, if there is one', 'cache', true] as const]),
    ...(rights
      ? [
          [
            operates
              ? 'Its Kafka user may read every topic, reset empty groups, and do this'
              : 'What its Kafka user may use; a trailing `*` matches any ending',
            'kafka',
            rights,
          ] as const,
        ]
      : []),
  ])
}

/** How long nodes may take to learn that a pod is going; until then they send connections to it. */
const drainLine: Commented = [
  'It works on for a moment after SIGTERM, since clients are connected to it',
  'drainSeconds',
  5,
]

function chartLines({ replicas, env, resources, volume }: ChartValues): Commented[] {
  const lines: Commented[] = [
    ['Pods, if hpa.enabled is false', 'replicas', replicas],
    ['Settings by name; the names are in its config.ts', 'env', env],
    ['No CPU limit: throttling would turn a burst into latency', 'resources', resources],
    [
      "A volume for each pod. Empty class: the cluster's default; keep: leave it when the release is uninstalled",
      'volume',
      volume && { ...volume, class: '', keep: true },
    ],
  ]
  return lines.filter(([, , value]) => value !== undefined)
}

function relayLines(system: System, relay: Relay): string[] {
  const { name, outboxes, source, chart = {} } = relay
  const [database, ...others] = outboxes
  const topics = outboxes.flatMap((outbox) => writtenFrom(system, outbox).map((topic) => topic.name))
  return entry(name.replace(/^relay-/, ''), [
    installedFor(system),
    others.length === 0
      ? ['Whose outbox it is (a name in postgres.databases)', 'database', database]
      : ['Whose outboxes they are (names in postgres.databases)', 'databases', outboxes],
    ...(source === 'table' ? [] : [['Where it reads events', 'source', source] as const]),
    ...chartLines(chart),
    [
      `Topics that events of ${others.length === 0 ? 'this outbox' : 'these outboxes'} may go to`,
      'kafka',
      { write: topics },
    ],
  ])
}

function writtenFrom(system: System, outbox: string): readonly TopicContract[] {
  const { deadLetters = [] } = system.databases.find(({ name }) => name === outbox) ?? {}
  return [...topicsOf(system, outbox), ...deadLetters]
}

function topicLines(system: System): string[] {
  return topicsWithDeadLetters(system).flatMap((topic) => {
    const { topic: name, partitions, config } = topicDefinition(topic)
    const values = Object.entries(config).map(([key, value]) => [
      key,
      /^\d+$/.test(value) ? Number(value) : value,
    ])
    return entry(name, [
      installedFor(system),
      [
        'Limits how many consumers of a group work at once; can be raised, never lowered',
        'partitions',
        partitions,
      ],
      ['Topic options', 'config', Object.fromEntries(values)],
    ])
  })
}

function databaseLines(system: System): string[] {
  return system.databases.flatMap(({ name, folder }) =>
    entry(name, [
      installedFor(system),
      ['Command that creates its schema', 'migrate', { command: ['node', `services/${folder}/database.ts`] }],
    ]),
  )
}

function entry(name: string, values: readonly Commented[]): string[] {
  return [
    `${name}:`,
    ...values.flatMap(([comment, key, value]) => [`  # -- ${comment}`, `  ${key}: ${flow(value)}`]),
  ]
}

function flow(value: unknown): string {
  const text = stringify(value, {
    collectionStyle: 'flow',
    lineWidth: 0,
    singleQuote: true,
    compat: 'yaml-1.1',
  }).trim()
  return text.replace(/\[ (.*?) \]/g, '[$1]')
}
