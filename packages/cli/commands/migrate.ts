import { eventStoreMigrations } from '@relevo/event-store'
import { inboxMigrations } from '@relevo/inbox'
import { createLogger, type MigrationSet, migrate } from '@relevo/kit'
import { outboxMigrations } from '@relevo/outbox'
import { sagaMigrations } from '@relevo/saga'
import { Argument, type Command } from 'commander'
import { exitCodes, type Session, UsageError } from '../command.ts'
import type { Runner } from '../runCommand.ts'

const components: Readonly<Record<string, MigrationSet>> = {
  outbox: outboxMigrations,
  inbox: inboxMigrations,
  'event-store': eventStoreMigrations,
  saga: sagaMigrations,
}

export function addMigrate(program: Command, run: Runner): void {
  program
    .command('migrate')
    .description(
      'makes the tables of the components in the database of DATABASE_URL, or brings them up to date; a saga needs outbox and inbox as well',
    )
    .addArgument(new Argument('<components...>').choices(Object.keys(components)))
    .action(run(bringUpToDate, { databases: false }))
}

async function bringUpToDate({ environment, output, json }: Session, names: string[]): Promise<number> {
  const url = environment.DATABASE_URL
  if (!url || /\s/.test(url.trim()))
    throw new UsageError('Set DATABASE_URL to the one database that gets the tables.')
  // In the order in which they build on each other, whatever the order of the words.
  const sets = Object.entries(components).flatMap(([name, set]) => (names.includes(name) ? [set] : []))
  const applied = await migrate(url, sets, createLogger('relevo', 'silent'), { connectTimeoutMs: 10_000 })
  if (json)
    output.out(JSON.stringify(applied.map(({ component, number, name }) => ({ component, number, name }))))
  else if (applied.length === 0) output.out('Up to date.')
  else
    for (const { component, number, name } of applied) output.out(`${component} ${number} (${name}) applied`)
  return exitCodes.done
}
