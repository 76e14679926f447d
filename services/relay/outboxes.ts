import {
  type ConfigOf,
  type DatabaseUrl,
  defineConfig,
  type Environment,
  loadConfig,
  namedVariable,
  oneOf,
  ServiceError,
  secretFile,
  string,
  toDatabaseUrl,
  url,
} from '@relevo/kit'
import { checkSlot, defaultSlot } from './slotName.ts'

/** An outbox that the relay publishes. */
export interface OutboxSettings {
  /** Its label in metrics and logs; that of a single outbox is its database's. */
  readonly name: string
  readonly databaseUrl: DatabaseUrl
  /** The variables that say where it is. */
  readonly variables: { readonly address: string; readonly credentials: string }
  readonly eventSource: string
  readonly relaySource: RelaySource
  /** Its replication slot, whether the relay reads from it or not. */
  readonly slot: string
}

export const relaySources = ['table', 'wal'] as const
export type RelaySource = (typeof relaySources)[number]

/** The outboxes that the variables say, and everything that is wrong with them. */
export interface OutboxList {
  readonly outboxes: readonly OutboxSettings[]
  readonly problems: readonly string[]
}

const mostOutboxes = 50
const namePattern = /^[a-z][a-z0-9_-]{0,62}$/
const schemes = ['postgres', 'postgresql']
/** Variables of an outbox: as they are for a single one, behind the name of each of several. */
const own = {
  url: 'DATABASE_URL',
  urlFile: 'DATABASE_URL_FILE',
  passwordFile: 'DATABASE_PASSWORD_FILE',
  source: 'EVENT_SOURCE',
  relaySource: 'RELAY_SOURCE',
  slot: 'RELAY_SLOT',
} as const

/** The variables of an outbox. @param named what an outbox's variable is called. */
export function outboxVariables(
  named: (variable: string) => string,
  defaults: { readonly eventSource: string; readonly relaySource: RelaySource },
) {
  return {
    databaseUrl: url(named(own.url), schemes, { optional: true, doc: "The outbox's Postgres database" }),
    databaseUrlFile: secretFile(named(own.urlFile), {
      optional: true,
      doc: 'A file with that URL instead, read for each connection: it may change',
    }),
    databasePasswordFile: secretFile(named(own.passwordFile), {
      optional: true,
      doc: 'A file with the password, in place of the one in the URL, read for each connection: it may change',
    }),
    eventSource: string(named(own.source), {
      default: defaults.eventSource,
      doc: "The CloudEvents attribute `source` of this outbox's events",
    }),
    relaySource: oneOf(named(own.relaySource), relaySources, {
      default: defaults.relaySource,
      doc: 'What the relay reads: table, or wal for the write-ahead log (needs wal_level = logical, and a role with REPLICATION)',
    }),
    relaySlot: string(named(own.slot), {
      optional: true,
      doc: "The outbox's replication slot; not set: relevo_ and the name of the database",
    }),
  }
}

type OutboxValues = ConfigOf<ReturnType<typeof specOf>>
const specOf = (variables: ReturnType<typeof outboxVariables>) => defineConfig(variables)
const single = { eventSource: '/relevo/messages', relaySource: 'table' } as const

/** The outboxes of OUTBOXES, or the one of DATABASE_URL. */
export function readOutboxes(env: Environment): OutboxList {
  if (!env.OUTBOXES) return readOne(env, '', (variable) => variable, single)
  const names = env.OUTBOXES.split(',').map((name) => name.trim())
  const relaySource = relaySources.find((source) => source === env.RELAY_SOURCE) ?? single.relaySource
  const lists = [...new Set(names)].map((name) =>
    readOne(env, name, (variable) => namedVariable(name, variable), {
      eventSource: `/relevo/${name}`,
      relaySource,
    }),
  )
  const outboxes = lists.flatMap((list) => list.outboxes)
  const problems = [
    ...findWrongNames(names),
    ...findSingle(env, names[0] ?? ''),
    ...lists.flatMap((list) => list.problems),
    ...findShared(outboxes),
  ]
  return { outboxes, problems }
}

type Defaults = Parameters<typeof outboxVariables>[1]
type Naming = (variable: string) => string

/** @param name of one outbox among several; empty for a single one. */
function readOne(env: Environment, name: string, named: Naming, defaults: Defaults): OutboxList {
  const variables = outboxVariables(named, defaults)
  const problems = checkSlot(named(own.slot), env[named(own.slot)])
  try {
    const values = loadConfig(specOf(variables), env)
    const databaseUrl = urlOf(values)
    if (values.databaseUrl !== undefined && values.databaseUrlFile !== undefined)
      problems.push(`${named(own.url)} must not be set with ${named(own.urlFile)}`)
    if (databaseUrl === undefined)
      problems.push(`${named(own.url)} or ${named(own.urlFile)} is not set: ${variables.databaseUrl.doc}`)
    else if (!isDatabaseUrl(databaseUrl()))
      problems.push(`${named(own.urlFile)} must be the path of a file with a URL (postgres://…)`)
    else if (problems.length === 0)
      return { outboxes: [toSettings(name, named, values, databaseUrl)], problems }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    problems.push(...error.problems)
  }
  return { outboxes: [], problems }
}

/** The URL for the next connection: the files may change. */
function urlOf({ databaseUrl, databaseUrlFile, databasePasswordFile }: OutboxValues) {
  const read = databaseUrlFile ?? (databaseUrl && (() => databaseUrl))
  if (!read) return undefined
  return (): string => {
    const whole = toDatabaseUrl({ databaseUrl: read(), databasePasswordFile })
    return typeof whole === 'string' ? whole : whole()
  }
}

function isDatabaseUrl(text: string): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1))
}

function toSettings(
  name: string,
  named: Naming,
  values: OutboxValues,
  databaseUrl: () => string,
): OutboxSettings {
  const now = databaseUrl()
  const files = `the file of ${named(own.urlFile)} or ${named(own.passwordFile)}`
  return {
    name: name || databaseOf(now),
    databaseUrl,
    variables: { address: named(own.url), credentials: `${named(own.url)}, or ${files}` },
    eventSource: values.eventSource,
    relaySource: values.relaySource,
    slot: values.relaySlot ?? defaultSlot(now),
  }
}

function databaseOf(databaseUrl: string): string {
  return decodeURIComponent(new URL(databaseUrl).pathname.slice(1))
}

function findWrongNames(names: readonly string[]): string[] {
  const problems = names
    .filter((name) => !namePattern.test(name))
    .map((name) => `OUTBOXES: "${name}" is no name; take lower-case letters, digits, - and _, a letter first`)
  const prefixes = Map.groupBy(names, (name) => namedVariable(name, ''))
  for (const [prefix, [first, ...others]] of prefixes)
    if (others.length > 0)
      problems.push(
        others.includes(first ?? '')
          ? `OUTBOXES names ${first} twice`
          : `OUTBOXES: ${[first, ...others].join(' and ')} would share the variables ${prefix}…`,
      )
  if (names.length > mostOutboxes)
    problems.push(`OUTBOXES names ${names.length} outboxes; a relay takes at most ${mostOutboxes}`)
  return problems
}

/** Variables of a single outbox, which would be of none of several. */
function findSingle(env: Environment, example: string): string[] {
  return Object.values(own)
    .filter((variable) => variable !== own.relaySource && env[variable])
    .map(
      (variable) =>
        `${variable} must not be set with OUTBOXES: each outbox has its own, as ${namedVariable(example, variable)}`,
    )
}

/** Outboxes that would be published twice, or would read from one slot. */
function findShared(outboxes: readonly OutboxSettings[]): string[] {
  const databases = [...Map.groupBy(outboxes, ({ databaseUrl }) => addressOf(databaseUrl)).values()]
  const slots = Map.groupBy(
    databases.flatMap(([first]) => first ?? []),
    ({ databaseUrl, slot }) => `${addressOf(databaseUrl).replace(/\/.*/, '')} ${slot}`,
  )
  return [
    ...databases.flatMap((same) => clash(same, 'the same database')),
    ...[...slots.values()].flatMap((same) => clash(same, 'the same replication slot')),
  ]
}

function clash(same: readonly OutboxSettings[], what: string): string[] {
  return same.length > 1 ? [`The outboxes ${same.map(({ name }) => name).join(' and ')} name ${what}`] : []
}

function addressOf(databaseUrl: DatabaseUrl): string {
  const now = typeof databaseUrl === 'string' ? databaseUrl : databaseUrl()
  const { hostname, port } = new URL(now)
  return `${hostname.toLowerCase()}:${port || 5432}/${databaseOf(now)}`
}
