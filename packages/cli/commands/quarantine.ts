import {
  awaitCommand,
  commandFilter,
  commandQuarantine,
  countQuarantine,
  listQuarantine,
  type QuarantineCommand,
  type QuarantinedEvent,
  type QuarantinedKey,
  showQuarantine,
} from '@relevo/relay'
import type { Command } from 'commander'
import type pg from 'pg'
import { exitCodes, headline, oneOutbox, outboxes, type Session, UsageError } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Runner } from '../runCommand.ts'

const mostKeys = 1_000
const waitMs = 30_000
const eventsShown = 20

const descriptions: Record<QuarantineCommand, string> = {
  redrive: 'tries the events of keys again, in order',
  skip: 'leaves out the rejected event and goes on with those behind it',
  discard: 'leaves out every event that waits for the key',
}

interface FilterOptions {
  readonly topic?: string
  readonly type?: string
  readonly error?: string
  readonly all?: boolean
  readonly yes?: boolean
}

export function addQuarantine(program: Command, run: Runner): void {
  const quarantine = program
    .command('quarantine')
    .description('keys held back because Kafka rejects their oldest event')
  filtered(quarantine.command('list', { isDefault: true }))
    .description('the keys held back')
    .action(run(listKeys))
  quarantine
    .command('show <key>')
    .description('a key with the events that wait: headers, payload, error')
    .action(run(showKey))
  for (const [name, description] of Object.entries(descriptions) as [QuarantineCommand, string][])
    filtered(quarantine.command(`${name} [key]`))
      .description(description)
      .option('--all', 'every key that waits for an operator')
      .option('--yes', 'do it to many keys without being asked')
      .action(
        run((session, key: string | undefined, options: FilterOptions) => tell(session, name, key, options)),
      )
}

function filtered(command: Command): Command {
  return command
    .option('--topic <topic>', 'whose rejected event goes to this topic')
    .option('--type <type>', 'whose rejected event is of this type')
    .option('--error <code>', 'rejected with this error code')
}

async function listKeys(session: Session, { topic, type, error: code }: FilterOptions): Promise<number> {
  const found = []
  for (const target of outboxes(session)) {
    const { keys, next } = await listQuarantine(target.pool, {
      limit: mostKeys,
      filter: { topic, type, code },
    })
    found.push({ database: target.name, keys })
    if (session.json) continue
    headline(session, target)
    for (const key of keys) session.output.out(describe(key))
    if (keys.length === 0) session.output.out('No key is quarantined.')
    if (next !== undefined) session.output.out(`Only the first ${mostKeys} are shown.`)
  }
  if (session.json) session.output.out(JSON.stringify(found))
  return exitCodes.done
}

function describe({ key, state, attempts, events, errorCode, error, head, since }: QuarantinedKey): string {
  const first = head ? `event ${head.id} (${head.type} to ${head.topic})` : 'no event'
  return `${key}: ${state} since ${since.toISOString()}, ${first} rejected ${attempts} times: ${errorCode}, ${error}; ${events} waiting`
}

async function showKey(session: Session, key: string): Promise<number> {
  for (const target of outboxes(session)) {
    const found = await showQuarantine(target.pool, key, eventsShown)
    if (found === undefined) continue
    const { key: facts, events } = found
    const whole = { database: target.name, ...facts, waiting: facts.events, events: events.map(parsed) }
    session.output.out(JSON.stringify(whole, undefined, session.json ? 0 : 2))
    if (facts.events > events.length)
      session.output.err(`Only the first ${events.length} of ${facts.events} events are shown.`)
    return exitCodes.done
  }
  return unknownKey(session, key)
}

function parsed({ headers, payload, ...event }: QuarantinedEvent) {
  return { ...event, headers: headers === null ? null : JSON.parse(headers), payload: JSON.parse(payload) }
}

function unknownKey({ output }: Session, key: string): number {
  output.err(`The key ${key} is not quarantined. \`relevo quarantine\` lists those that are.`)
  return exitCodes.failed
}

async function tell(
  session: Session,
  command: QuarantineCommand,
  key: string | undefined,
  options: FilterOptions,
): Promise<number> {
  const { topic, type, error: code, all, yes } = options
  if ([key, topic, type, code, all].every((each) => each === undefined))
    throw new UsageError('Which keys? Give one, or --topic, --type, --error or --all.')
  const { pool } = oneOutbox(session)
  if (key === undefined) {
    const count = await countQuarantine(pool, commandFilter({ topic, type, code }))
    const deed = `${command} ${counted(count.keys, 'key')} with ${counted(count.events, 'waiting event')}`
    if (count.keys > 0 && !(await confirm(session, deed, yes))) return exitCodes.failed
  }
  const keys = await commandQuarantine(pool, { key, topic, type, code }, command)
  if (keys.length > 0) return tellOutcome(session, pool, command, keys)
  if (key !== undefined) return unknownKey(session, key)
  session.output.err('No such key waits for an operator. `relevo quarantine` lists what is held back.')
  return exitCodes.failed
}

async function tellOutcome(
  { output, signal }: Session,
  pool: pg.Pool,
  command: QuarantineCommand,
  keys: Awaited<ReturnType<typeof commandQuarantine>>,
): Promise<number> {
  if (keys.length > 1) output.out(`${keys.length} keys: ${command}.`)
  const { done, rejected, pending } = await awaitCommand(pool, keys, waitMs, signal)
  const events = `${done} ${done === 1 ? 'event' : 'events'}`
  if (done > 0) output.out(command === 'redrive' ? `Delivered ${events}.` : `${events} wait no more.`)
  for (const { code, error } of rejected) output.err(`Rejected again: ${code}, ${error}`)
  if (pending.length > 0)
    output.err('No relay has carried it out yet. `relevo status` tells whether one lives.')
  return rejected.length + pending.length === 0 ? exitCodes.done : exitCodes.failed
}

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`
}
