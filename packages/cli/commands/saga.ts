import {
  type Asked,
  askSagas,
  type ListedSaga,
  listSagas,
  type OperatorCommand,
  readSaga,
  type SagaFilter,
  type SagaStatus,
  sagaStatuses,
  type WholeSaga,
} from '@relevo/saga'
import { type Command, Option } from 'commander'
import { exitCodes, type Session, sagaDatabases, UsageError } from '../command.ts'
import type { Runner } from '../runCommand.ts'
import { table } from '../table.ts'
import type { Target } from '../target.ts'
import { wholeNumber } from '../wholeNumber.ts'

interface FilterOptions {
  readonly name?: string
  readonly key?: string
  readonly status?: SagaStatus
  readonly step?: string
  readonly stuck?: true
  readonly olderThan?: number
}

interface ListOptions extends FilterOptions {
  readonly limit: number
}

interface AskWords extends FilterOptions {
  readonly reason: string
  readonly wait: number
}

const commands: readonly (readonly [name: string, command: OperatorCommand, description: string])[] = [
  ['retry', 'retry', 'another attempt at the step that is waited for, now'],
  ['compensate', 'compensate', 'undoes what was done, in reverse order; not behind the pivot'],
  ['give-up', 'giveUp', 'ends it as it is: nothing is sent any more, what was done stays done'],
]

export function addSaga(program: Command, run: Runner): void {
  const saga = program.command('saga').description('chains of steps by several services')
  filtered(saga.command('list', { isDefault: true }))
    .description('the newest first; exit code 1 when any that is listed is stuck')
    .option('--limit <n>', 'at most so many of a database', wholeNumber, 100)
    .action(run(list))
  saga.command('show <id>').description('one whole: steps, attempts, history, late replies').action(run(show))
  for (const [name, command, description] of commands)
    filtered(saga.command(`${name} [id]`))
      .description(description)
      .requiredOption('--reason <text>', 'why; kept in the history')
      .option('--wait <seconds>', 'how long to wait for the process that does it', wholeNumber, 30)
      .action(run((session, id: string | undefined, words: AskWords) => ask(session, command, id, words)))
}

function filtered(command: Command): Command {
  return command
    .option('--name <name>', 'sagas of this name')
    .option('--key <key>', 'about this, for example an order')
    .addOption(new Option('--status <status>', 'in this state').choices(sagaStatuses))
    .option('--step <step>', 'that wait for this step')
    .option('--stuck', 'that are stuck')
    .option('--older-than <seconds>', 'that began longer ago', wholeNumber)
}

async function list(session: Session, { limit, ...options }: ListOptions): Promise<number> {
  const found: { database: string; sagas: readonly ListedSaga[] }[] = []
  for (const { name, pool } of sagaDatabases(session)) {
    const { sagas, nextCursor } = await listSagas(pool, filterOf(undefined, options), { limit })
    found.push({ database: name, sagas })
    if (session.json) continue
    session.output.out(sagas.length === 0 ? `${name}: no sagas` : `${name}:\n${table(rowsOf(sagas))}`)
    if (nextCursor) session.output.out('There are more: narrow them by an option, or raise --limit.')
  }
  if (session.json) session.output.out(JSON.stringify(found))
  const isStuck = found.some(({ sagas }) => sagas.some(({ stuckSince }) => stuckSince !== null))
  return isStuck ? exitCodes.failed : exitCodes.done
}

function rowsOf(sagas: readonly ListedSaga[]): string[][] {
  const rows = sagas.map((saga) => {
    const { id, name, version, key, status, reason, startedAt, stuckSince } = saga
    return [
      id,
      `${name} v${version}`,
      key,
      status,
      waitsFor(saga),
      startedAt,
      stuckSince ?? '-',
      reason ?? '-',
    ]
  })
  return [['id', 'saga', 'key', 'status', 'waits for', 'since', 'stuck since', 'reason'], ...rows]
}

function waitsFor({ step, undo, attempt }: ListedSaga): string {
  return step === null ? '-' : `${undo ? 'undoing ' : ''}${step}, attempt ${attempt}`
}

async function show(session: Session, id: string): Promise<number> {
  requireUuid(id)
  for (const { name, pool } of sagaDatabases(session)) {
    const saga = await readSaga(pool, id)
    if (saga === undefined) continue
    session.output.out(session.json ? JSON.stringify({ database: name, ...saga }) : describe(name, saga))
    return exitCodes.done
  }
  return unknown(session, id)
}

function describe(database: string, saga: WholeSaga): string {
  const { id, name, version, key, status, reason, error, history, lateReplies, waiting } = saga
  const lines = history.map(({ at, kind, step, attempt, undo, detail }) => {
    return [
      at,
      kind,
      step === null ? '-' : `${undo ? 'undo ' : ''}${step}`,
      String(attempt ?? '-'),
      json(detail),
    ]
  })
  const late = lateReplies.map(({ at, step, attempt, type, treatment }) => [
    at,
    treatment,
    step,
    String(attempt),
    type,
  ])
  const parked = waiting.map(({ at, kind, error: why }) => [
    at,
    'waits',
    '-',
    '-',
    `${kind}${why ? `: ${why}` : ''}`,
  ])
  return [
    `${name} version ${version}, ${id}, in ${database}`,
    `key ${key}, ${status}${reason === null ? '' : ` (${reason})`}, waits for ${waitsFor(saga)}${saga.dueAt ? ` until ${saga.dueAt}` : ''}`,
    ...(saga.stuckSince ? [`stuck since ${saga.stuckSince}: relevo saga retry ${id} --reason …`] : []),
    ...(error ? [`its timer cannot be fired: ${error}`] : []),
    table([['time', 'what', 'step', 'attempt', 'detail'], ...lines, ...late, ...parked], 100),
  ].join('\n')
}

function json(detail: unknown): string {
  return detail === null ? '' : JSON.stringify(detail)
}

async function ask(
  session: Session,
  command: OperatorCommand,
  id: string | undefined,
  { reason: note, wait, ...options }: AskWords,
): Promise<number> {
  const filter = filterOf(id, options)
  if (Object.values(filter).every((value) => value === undefined))
    throw new UsageError('Which sagas? Give an id, or an option such as --stuck or --name.')
  const asked: [Target, Asked[]][] = []
  for (const target of sagaDatabases(session)) {
    const options = { note, waitMs: wait * 1_000, signal: session.signal }
    asked.push([target, await askSagas(target.pool, filter, command, options)])
  }
  const all = asked.flatMap(([, each]) => each)
  if (session.json)
    session.output.out(JSON.stringify(asked.map(([{ name }, result]) => ({ database: name, result }))))
  else if (all.length > 0) for (const each of all) session.output.out(`${each.sagaId}: ${outcome(each)}`)
  else if (id !== undefined) return unknown(session, id)
  else session.output.err('No such saga. `relevo saga list` lists those that are.')
  const isDone = all.length > 0 && all.every(({ result }) => result === 'accepted' || result === 'done')
  return isDone ? exitCodes.done : exitCodes.failed
}

function outcome({ sagaId, result, error }: Asked): string {
  if (result === 'accepted') return 'under way'
  if (result === 'done') return 'done'
  if (result === 'pastPivot') return 'not possible: it is past its pivot and only goes forward'
  if (result === 'refused')
    return `not possible: it may not be undone any more (relevo saga show ${sagaId} says why)`
  if (result === 'ended') return 'not possible: it has ended'
  return error ?? 'asked for, but no process with its definition has done it yet. Does its service run?'
}

function unknown({ output }: Session, id: string): number {
  output.err(`There is no saga ${id}. \`relevo saga list\` lists those that are.`)
  return exitCodes.failed
}

function filterOf(id: string | undefined, options: FilterOptions): SagaFilter {
  if (id !== undefined) requireUuid(id)
  const { name, key, status, step, stuck, olderThan: olderThanSeconds } = options
  return { id, name, key, status, step, stuck, olderThanSeconds }
}

function requireUuid(id: string): void {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
    throw new UsageError(`A saga's id is a UUID, not ${id}.`)
}
