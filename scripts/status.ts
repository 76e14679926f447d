import { withUrls } from '../systems/parts.ts'
import type { System } from '../systems/system.ts'
import type { PlannedService, PortPlan } from './portPlan.ts'
import { renderTable } from './renderTable.ts'
import type { KafkaServer, PostgresServer, ValkeyServer } from './servers.ts'
import { filesOf } from './startServices.ts'

export interface Status {
  systems: readonly System[]
  plan: PortPlan
  postgres: Pick<PostgresServer, 'locationOf'>
  kafka: Pick<KafkaServer, 'location'>
  valkey?: Pick<ValkeyServer, 'location'> | undefined
  directory: string
  logDirectory: string
}

/** What is printed once everything runs: where things are, and a command to try each system with. */
export function renderStatus({
  systems,
  plan,
  postgres,
  kafka,
  valkey,
  directory,
  logDirectory,
}: Status): string {
  const databases = systems.flatMap((system) => system.databases.map(({ name }) => name))
  const rows = [
    ...plan.services.map(serviceRow),
    ...[...new Set(databases.map(postgres.locationOf))].map((location) => ['Postgres', location]),
    ['Kafka', kafka.location],
    ...(valkey ? [['Valkey', valkey.location]] : []),
    ...(plan.mail ? [['E-mails', `http://localhost:${plan.mail.page}`, `(SMTP on ${plan.mail.smtp})`]] : []),
    ...plan.services.flatMap((service) =>
      Object.values(filesOf(service, directory)).map((path) => [`${service.name} writes`, path]),
    ),
    ['Logs', logDirectory],
  ]
  const urls = new Map(plan.services.map((service) => [service.name, urlOf(service)]))
  const commands = systems.flatMap(({ tryIt }) =>
    tryIt.map((line) => `  ${withUrls(line, (name) => urls.get(name))}`),
  )
  return [
    '',
    'Everything runs:',
    renderTable(rows),
    '',
    'Try it:',
    ...commands,
    '',
    'Ctrl-C stops it; the data stay for the next start.',
  ].join('\n')
}

function serviceRow(service: PlannedService): string[] {
  const note =
    service.movedFrom === undefined ? [] : [`(moved: ${service.movedFrom} is claimed by another system)`]
  return [service.name, urlOf(service), ...note]
}

/** Where a service answers. */
export function urlOf(service: PlannedService): string {
  return service.port === 80 ? 'http://localhost' : `http://localhost:${service.port}`
}
