import {
  awaitCommand,
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  type QuarantinedKey,
} from '@relevo/relay'
import type { Command } from 'commander'
import { exitCodes, headline, oneOutbox, outboxes, type Session } from '../command.ts'
import type { Runner } from '../runCommand.ts'

const mostKeys = 1_000
const waitMs = 30_000

const descriptions: Record<QuarantineCommand, string> = {
  redrive: "tries the key's events again, in order",
  skip: 'leaves out the rejected event and goes on with those behind it',
  discard: 'leaves out every event that waits for the key',
}

export function addQuarantine(program: Command, run: Runner): void {
  const quarantine = program
    .command('quarantine')
    .description('keys held back because Kafka rejects their oldest event')
  quarantine.command('list', { isDefault: true }).description('the keys held back').action(run(listKeys))
  for (const [name, description] of Object.entries(descriptions) as [QuarantineCommand, string][])
    quarantine
      .command(`${name} <key>`)
      .description(description)
      .action(run((session, key: string) => tell(session, name, key)))
}

async function listKeys(session: Session): Promise<number> {
  const { output } = session
  for (const target of outboxes(session)) {
    const keys = await listQuarantine(target.pool, { limit: mostKeys })
    headline(session, target)
    for (const key of keys) output.out(describe(key))
    if (keys.length === 0) output.out('No key is quarantined.')
    if (keys.length === mostKeys) output.out(`Only the first ${mostKeys} are shown.`)
  }
  return exitCodes.done
}

function describe({ key, state, attempts, events, errorCode, error, head, since }: QuarantinedKey): string {
  const first = head ? `event ${head.id} (${head.type} to ${head.topic})` : 'no event'
  return `${key}: ${state} since ${since.toISOString()}, ${first} rejected ${attempts} times: ${errorCode}, ${error}; ${events} waiting`
}

async function tell(session: Session, command: QuarantineCommand, key: string): Promise<number> {
  const { output, signal } = session
  const { pool } = oneOutbox(session)
  const keys = await commandQuarantine(pool, { key }, command)
  if (keys.length === 0) {
    output.err(`The key ${key} is not quarantined. \`relevo quarantine\` lists those that are.`)
    return exitCodes.failed
  }
  const { done, rejected, pending } = await awaitCommand(pool, keys, waitMs, signal)
  const events = `${done} ${done === 1 ? 'event' : 'events'}`
  if (done > 0) output.out(command === 'redrive' ? `Delivered ${events}.` : `${events} wait no more.`)
  for (const { code, error } of rejected) output.err(`Rejected again: ${code}, ${error}`)
  if (pending.length > 0)
    output.err('No relay has carried it out yet. `relevo status` tells whether one lives.')
  return rejected.length + pending.length === 0 ? exitCodes.done : exitCodes.failed
}
