import { parseArgs } from 'node:util'

export interface StartArguments {
  /** Names of systems; empty for all of them. */
  systems: string[]
  portOffset: number
  help: boolean
}

export const startUsage = `npm start [-- system … --port-offset N]

Starts a Postgres, a Kafka and the services of every system, or of the systems named.
  --port-offset N   adds N to every port
Variables:
  DATABASE_URL           an existing Postgres, instead of an embedded one: a single system uses this database, several
                         use databases of their own names on that server, which are created when they are missing
  KAFKA_BROKERS          an existing Kafka (host:port, separated by commas), instead of an embedded one
  RELEVO_DATA_DIRECTORY  where the data and logs go; default: .relevo in this folder`

/** Reads the command line of `npm start`; a string is what is wrong with it. */
export function parseStartArguments(
  argv: readonly string[],
  known: readonly string[],
): StartArguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        'port-offset': { type: 'string', default: '0' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const unknown = positionals.filter((name) => !known.includes(name))
    if (unknown.length > 0) return `There is no system ${unknown.join(', ')}; there is ${known.join(', ')}.`
    const portOffset = Number(values['port-offset'])
    if (!Number.isInteger(portOffset) || portOffset < 0 || portOffset > 40_000) {
      return `--port-offset must be a whole number from 0 to 40000, not "${values['port-offset']}".`
    }
    return { systems: [...new Set(positionals)], portOffset, help: values.help }
  } catch (error) {
    return (error as Error).message
  }
}
