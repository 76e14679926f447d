import { CommandError, readArguments, wholeNumber } from './commandLine.ts'

export interface StartArguments {
  /** Names of systems; empty for all of them. */
  readonly systems: string[]
  readonly portOffset: number
}

export const maxPortOffset = 40_000

export const startUsage = `npm start [-- system … --port-offset N]

Starts a Postgres, a Kafka and the services of every system, or of the systems named.
  --port-offset N   adds N to every port
Variables:
  DATABASE_URL           an existing Postgres, instead of an embedded one: a single system with one outbox uses this
                         database; else each uses databases of its own names on that server, which are created when
                         they are missing
  KAFKA_BROKERS          an existing Kafka (host:port, separated by commas), instead of an embedded one
  REDIS_URL              an existing Valkey or Redis for the cache of recent events, instead of an embedded Valkey
  RELEVO_DATA_DIRECTORY  where the data and logs go; default: .relevo in this folder`

/** Reads the command line of `npm start`. @throws CommandError `usage`. */
export function parseStartArguments(argv: readonly string[], known: readonly string[]): StartArguments {
  const { values, positionals } = readArguments(argv, {
    'port-offset': { type: 'string', default: '0' },
  })
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new CommandError('usage', `There is no system ${unknown.join(', ')}; there is ${known.join(', ')}.`)
  const portOffset = wholeNumber('port-offset', values['port-offset'], 0, maxPortOffset)
  return { systems: [...new Set(positionals)], portOffset }
}
