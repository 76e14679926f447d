import {
  archiveDeadLetters,
  countDeadLetters,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterGroup,
  deadLetterStates,
  discardDeadLetters,
  groupDeadLetters,
  listDeadLetters,
  type RedriveResult,
  readDeadLetter,
  redriveDeadLetters,
  reviveDeadLetters,
  type WholeDeadLetter,
} from '@relevo/inbox'
import { type Command, Option } from 'commander'
import { exitCodes, inboxes, type Session, UsageError } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Runner } from '../runCommand.ts'
import { table } from '../table.ts'
import type { Target } from '../target.ts'
import { wholeNumber } from '../wholeNumber.ts'
import { addReplacement } from './replaceDeadLetter.ts'

interface FilterOptions {
  readonly group?: string
  readonly topic?: string
  readonly type?: string
  readonly reason?: string
  readonly key?: string
  readonly event?: string
  readonly since?: Date
  readonly fingerprint?: string
  readonly all?: boolean
  readonly yes?: boolean
}

type ListOptions = FilterOptions & { state?: (typeof deadLetterStates)[number]; limit: number }

export function addDeadLetters(program: Command, run: Runner): void {
  const letters = program.command('dead-letters').description('records that consumers gave up')
  filtered(letters.command('list', { isDefault: true }))
    .description('the newest first')
    .addOption(new Option('--state <state>', deadLetterStates.join(', ')).choices(deadLetterStates))
    .option('--limit <n>', 'at most so many of a database', wholeNumber, 100)
    .action(run(list))
  filtered(letters.command('groups'))
    .addOption(new Option('--state <state>', deadLetterStates.join(', ')).choices(deadLetterStates))
    .description('those that failed alike, with counts; --fingerprint means one group elsewhere')
    .action(run(listGroups))
  filtered(letters.command('show [id]')).description('one whole: key, headers, payload').action(run(show))
  filtered(letters.command('redrive [id]'))
    .description('new attempts in the order of each key, and what became of them')
    .option('--all', 'every dead letter')
    .option('--yes', withoutAsking)
    .option('--wait <seconds>', 'how long to wait for what becomes of them', wholeNumber, 30)
    .action(run(redrive))
  filtered(letters.command('discard [id]'))
    .description('takes them off the list; revive undoes it')
    .option('--all', 'every dead letter')
    .option('--yes', withoutAsking)
    .requiredOption('--note <text>', 'why; kept with them')
    .action(run(puttingAway('discard')))
  filtered(letters.command('archive [id]'))
    .description('takes them off the list and keeps them; revive undoes it')
    .option('--all', 'every dead letter')
    .option('--yes', withoutAsking)
    .requiredOption('--note <text>', 'why; kept with them')
    .action(run(puttingAway('archive')))
  addReplacement(letters, run)
  filtered(letters.command('revive [id]'))
    .description('puts discarded and archived ones on the list again')
    .option('--all', 'every one of those')
    .option('--yes', withoutAsking)
    .action(run(revive))
}

const withoutAsking = 'do it to many without being asked'

function filtered(command: Command): Command {
  return command
    .option('--group <group>', 'of this consumer group')
    .option('--topic <topic>', 'of this topic')
    .option('--type <type>', 'of this event type')
    .option('--reason <reason>', 'given up for this reason')
    .option('--key <key>', 'of this key')
    .option('--event <id>', 'of this event')
    .option('--since <time>', 'given up since then: ISO 8601', time)
    .option('--fingerprint <fingerprint>', 'of this group of failures')
}

async function list(session: Session, { state, limit, ...options }: ListOptions): Promise<number> {
  const filter = filterOf(undefined, options)
  const pages = await each(session, ({ pool }) =>
    listDeadLetters(pool, filter, { limit, ...(state && { states: [state] }) }),
  )
  if (session.json) return printJson(session, pages)
  for (const [{ name }, { letters, nextCursor }] of pages) {
    session.output.out(
      letters.length === 0 ? `${name}: no dead letters` : `${name}:\n${table(rowsOf(letters))}`,
    )
    if (nextCursor) session.output.out('There are more: narrow them by an option, or raise --limit.')
  }
  return exitCodes.done
}

function rowsOf(letters: readonly DeadLetter[]): string[][] {
  const rows = letters.map(({ id, consumer, type, reason, attempts, deadAt, key, error }) => {
    return [id, consumer, type ?? '-', reason, String(attempts), deadAt.toISOString(), key ?? '-', error]
  })
  return [['id', 'group', 'type', 'reason', 'attempts', 'since', 'key', 'error'], ...rows]
}

async function listGroups(session: Session, { state, ...options }: ListOptions): Promise<number> {
  const filter = filterOf(undefined, options)
  const found = await each(session, ({ pool }) => groupDeadLetters(pool, filter, undefined, state))
  if (session.json) return printJson(session, found)
  for (const [{ name }, groups] of found)
    session.output.out(
      groups.length === 0 ? `${name}: no dead letters` : `${name}:\n${table(groupRows(groups))}`,
    )
  return exitCodes.done
}

function groupRows(groups: readonly DeadLetterGroup[]): string[][] {
  const rows = groups.map(({ fingerprint, count, consumer, type, reason, lastAt, error }) => {
    return [fingerprint, String(count), consumer, type ?? '-', reason, lastAt.toISOString(), error]
  })
  return [['fingerprint', 'count', 'group', 'type', 'reason', 'last', 'error'], ...rows]
}

async function show(session: Session, id: string | undefined, options: FilterOptions): Promise<number> {
  const filter = filterOf(id, options)
  if (id === undefined && options.event === undefined)
    throw new UsageError('Which one? Give its id, or --event.')
  const found = await each(session, ({ pool }) => readDeadLetter(pool, filter))
  const letters = found.flatMap(([{ name }, letter]) =>
    letter ? [{ database: name, ...asText(letter) }] : [],
  )
  for (const letter of letters) session.output.out(JSON.stringify(letter, undefined, session.json ? 0 : 2))
  if (letters.length === 0)
    session.output.err('No such dead letter. `relevo dead-letters` lists those that are.')
  return letters.length > 0 ? exitCodes.done : exitCodes.failed
}

function asText({ wholeKey, value, ...letter }: WholeDeadLetter) {
  return { ...letter, key: wholeKey?.toString() ?? letter.key, value: value?.toString() ?? null }
}

interface RedriveWords extends FilterOptions {
  readonly wait: number
}

async function redrive(session: Session, id: string | undefined, options: RedriveWords): Promise<number> {
  const filter = meant(id, options)
  if (!(await agreed(session, 'redrive', filter, options))) return exitCodes.failed
  const wait = { waitMs: options.wait * 1_000, signal: session.signal }
  const results = await each(session, ({ pool }) => redriveDeadLetters(pool, filter, wait))
  const total = (count: (result: RedriveResult) => number) =>
    results.reduce((sum, [, result]) => sum + count(result), 0)
  if (session.json) printJson(session, results)
  else for (const [{ name }, result] of results) tellRedriven(session, name, result)
  const failed =
    total(({ redriven }) => redriven) === 0 || total(({ redriven, processed }) => redriven - processed) > 0
  return failed ? exitCodes.failed : exitCodes.done
}

function tellRedriven({ output }: Session, name: string, result: RedriveResult): void {
  const { redriven, processed, dead, waiting, unfinished } = result
  if (redriven === 0) {
    output.out(`${name}: none that can be redriven`)
    return
  }
  output.out(
    `${name}: ${redriven} redriven, ${processed} took effect, ${dead} dead again, ${waiting} waiting`,
  )
  for (const { eventId, error } of unfinished) if (error) output.out(`  ${eventId}: ${error}`)
  if (waiting > 0)
    output.out('Those go on in the consumer, which must run: relevo dead-letters list --state redriven')
}

const putAway = {
  discard: { done: 'discarded', act: discardDeadLetters },
  archive: { done: 'archived', act: archiveDeadLetters },
} as const

/** Takes letters off the list. */
function puttingAway(deed: keyof typeof putAway) {
  const { done, act } = putAway[deed]
  return async (
    session: Session,
    id: string | undefined,
    options: FilterOptions & { note: string },
  ): Promise<number> => {
    const filter = meant(id, options)
    if (!(await agreed(session, deed, filter, options))) return exitCodes.failed
    return tellCounts(session, done, ({ pool }) => act(pool, filter, options.note))
  }
}

async function revive(session: Session, id: string | undefined, options: FilterOptions): Promise<number> {
  const filter = meant(id, options)
  if (!(await agreed(session, 'revive', filter, options))) return exitCodes.failed
  return tellCounts(session, 'on the list again', (target) => reviveDeadLetters(target.pool, filter))
}

/** One that is named, by its number or its event, is done without a question. */
async function agreed(
  session: Session,
  deed: 'redrive' | 'discard' | 'archive' | 'revive',
  filter: DeadLetterFilter,
  { yes }: FilterOptions,
): Promise<boolean> {
  if (filter.id !== undefined || filter.eventId !== undefined) return true
  const states = deed === 'revive' ? (['discarded', 'archived'] as const) : (['dead'] as const)
  const counts = await each(session, ({ pool }) =>
    Promise.all(states.map((state) => countDeadLetters(pool, filter, state))),
  )
  const total = counts.flatMap(([, count]) => count).reduce((sum, count) => sum + count, 0)
  const letters = `${states.join(' or ')} ${total === 1 ? 'letter' : 'letters'}`
  return total === 0 || confirm(session, `${deed} ${total} ${letters}`, yes)
}

async function tellCounts(
  session: Session,
  what: string,
  act: (target: Target) => Promise<number>,
): Promise<number> {
  const counts = await each(session, act)
  if (session.json) printJson(session, counts)
  else for (const [{ name }, count] of counts) session.output.out(`${name}: ${count} ${what}`)
  return counts.some(([, count]) => count > 0) ? exitCodes.done : exitCodes.failed
}

async function each<T>(session: Session, act: (target: Target) => Promise<T>): Promise<[Target, T][]> {
  const results: [Target, T][] = []
  for (const target of inboxes(session)) results.push([target, await act(target)])
  return results
}

function printJson({ output }: Session, results: readonly (readonly [Target, unknown])[]): number {
  output.out(JSON.stringify(results.map(([{ name }, result]) => ({ database: name, result }))))
  return exitCodes.done
}

/** Like {@link filterOf}, for commands that change something. @throws UsageError if nothing is selected. */
function meant(id: string | undefined, options: FilterOptions): DeadLetterFilter {
  const filter = filterOf(id, options)
  if (!options.all && Object.values(filter).every((value) => value === undefined))
    throw new UsageError('Which ones? Give an id, an option such as --type or --fingerprint, or --all.')
  return filter
}

function filterOf(id: string | undefined, options: FilterOptions): DeadLetterFilter {
  const { group: consumer, topic, type, reason, key, event: eventId, since, fingerprint } = options
  if (id !== undefined && !/^\d{1,18}$/.test(id))
    throw new UsageError(`A dead letter's id is a number, not ${id}.`)
  if (eventId !== undefined && !/^[0-9a-f-]{36}$/i.test(eventId))
    throw new UsageError(`An event's id is a UUID, not ${eventId}.`)
  return { id, consumer, topic, type, reason, key, eventId, since, fingerprint }
}

function time(text: string): Date {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new UsageError(`${text} is no time, as 2026-01-15T10:30:00Z is.`)
  return date
}
