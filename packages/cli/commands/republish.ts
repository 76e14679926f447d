import { setTimeout as delay } from 'node:timers/promises'
import {
  abortRepublication,
  listRepublications,
  previewRepublish,
  type Republication,
  type RepublishPreview,
  type RepublishSpan,
  readRepublication,
  requestRepublish,
} from '@relevo/relay'
import type { Command } from 'commander'
import type pg from 'pg'
import { exitCodes, headline, oneOutbox, outboxes, type Session, UsageError } from '../command.ts'
import type { Runner } from '../runCommand.ts'
import { table } from '../table.ts'
import { time } from '../time.ts'

interface SpanOptions {
  readonly from?: string
  readonly to?: string
  readonly fromId?: string
  readonly toId?: string
  readonly event?: readonly string[]
  readonly key?: readonly string[]
  readonly topic?: string
  readonly settleAudit?: boolean
  readonly yes?: boolean
}

const pollMs = 250

const help = `
Events are sent with their ids, headers and source, in their order per key, behind what was sent before.
  A consumer with the inbox ignores those that took effect, for as long as it remembers them (30 days); one that was
  truly lost takes effect late, behind later events of its key.
  A consumer without an inbox gets every event of the span again. When it keeps the last state of a key, leave the end
  of the span open (no --to, no --to-id), so that the newest event of each key comes last again.
Without --yes nothing is sent: the command shows what it would do.`

export function addRepublish(program: Command, run: Runner): void {
  const republish = program
    .command('republish')
    .description('publishes again what was passed over: a span of times, ids or keys')
    .addHelpText('after', help)
  republish
    .command('start', { isDefault: true })
    .description('shows what a span has and, with --yes, publishes it again')
    .option('--from <time>', 'events recorded from then on: ISO 8601')
    .option('--to <time>', 'events recorded before then')
    .option('--from-id <number>', 'events from this number in the outbox on (ce_outboxid)')
    .option('--to-id <number>', 'events up to this number')
    .option('--event <id...>', 'events of these ids (ce_id)')
    .option('--key <key...>', 'events of these keys')
    .option('--topic <topic>', 'events to this topic')
    .option('--settle-audit', 'then count what the audit misses as sent: only where the span has all of that')
    .option('--yes', 'do it')
    .addHelpText('after', help)
    .action(run(start))
  republish.command('status [number]').description('how far requests have got').action(run(showStatus))
  republish.command('abort <number>').description('ends a request').action(run(abort))
}

async function start(session: Session, options: SpanOptions): Promise<number> {
  const span = spanOf(options)
  const { pool } = oneOutbox(session)
  const preview = await previewRepublish(pool, span)
  if (!options.yes || preview.events === 0) {
    tellPreview(session, preview)
    if (preview.events > 0 && !session.json) session.output.out('Nothing was sent. Do it with --yes.')
    return preview.events > 0 ? exitCodes.done : exitCodes.failed
  }
  if (!session.json) tellPreview(session, preview)
  const id = await requestRepublish(pool, span, { settleAudit: options.settleAudit ?? false })
  if (id === undefined) throw new Error('No published event is in the span any more.')
  return follow(session, pool, id)
}

function spanOf({ from, to, fromId, toId, event, key, topic }: SpanOptions): RepublishSpan {
  const span = {
    from: from === undefined ? undefined : time(from),
    to: to === undefined ? undefined : time(to),
    fromId: fromId === undefined ? undefined : numberOf(fromId),
    toId: toId === undefined ? undefined : numberOf(toId),
    eventIds: event?.map(uuidOf),
    keys: key,
    topic,
  }
  if (Object.values(span).every((bound) => bound === undefined))
    throw new UsageError(
      'Which events? Say so by --from and --to, --from-id and --to-id, --event, --key or --topic.',
    )
  return span
}

function numberOf(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new UsageError(`${text} is no number.`)
  return number
}

function uuidOf(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text))
    throw new UsageError(`${text} is no event id: those are UUIDs.`)
  return text
}

function tellPreview({ output, json }: Session, preview: RepublishPreview): void {
  if (json) {
    output.out(JSON.stringify(preview))
    return
  }
  const { events, keys, shards, firstAt, lastAt, pending, quarantined, dropped, unknown, missing } = preview
  if (events === 0) output.out('No published event is in the span.')
  else {
    const times = `from ${firstAt?.toISOString()} to ${lastAt?.toISOString()}`
    output.out(`${events} events of ${keys} keys in ${shards} shards, recorded ${times}.`)
  }
  if (pending > 0) output.out(`${pending} events of the span are not sent yet, and go out by themselves.`)
  if (quarantined > 0)
    output.out(`${quarantined} are or were in the quarantine and are left out: see \`relevo quarantine\`.`)
  if (dropped)
    output.out(
      `Events before ${dropped.before?.toISOString() ?? `number ${dropped.beforeId}`} were dropped with their partitions (retention) and are gone.`,
    )
  for (const id of unknown)
    output.out(`Event ${id} is not in the outbox: dropped with its partition, or never recorded here.`)
  if (missing > 0) output.out(`The audit misses ${missing} events: --settle-audit, if the span has them all.`)
}

/** Tells how a request goes on until it has ended. */
async function follow(session: Session, pool: pg.Pool, id: number): Promise<number> {
  const { output, signal, json } = session
  let last = -1
  while (!signal.aborted) {
    const found = await readRepublication(pool, id)
    if (found === undefined) throw new Error(`Request ${id} is gone.`)
    const { published, rejected, events, state } = found
    if (state !== 'open') return tellEnd(session, found)
    if (published + rejected !== last && !json)
      output.out(`Request ${id}: ${published} of ${events} events sent.`)
    last = published + rejected
    await delay(pollMs, undefined, { signal }).catch(() => {})
  }
  output.err(`Request ${id} goes on without this command. \`relevo republish abort ${id}\` ends it.`)
  return exitCodes.failed
}

function tellEnd({ output, json }: Session, found: Republication): number {
  const { id, state, events, published, rejected, gone, error } = found
  if (json) output.out(JSON.stringify(found))
  else {
    output.out(`Request ${id} is ${state}: ${published} of ${events} events sent again.`)
    if (rejected > 0) output.err(`Kafka rejected ${rejected} of them permanently: ${error}`)
    if (gone > 0) output.err(`${gone} events were gone: retention dropped their partition meanwhile.`)
  }
  return state === 'done' && rejected + gone === 0 ? exitCodes.done : exitCodes.failed
}

async function showStatus(session: Session, number: string | undefined): Promise<number> {
  const found = []
  for (const target of outboxes(session)) {
    const one = number === undefined ? undefined : await readRepublication(target.pool, numberOf(number))
    const requests = number === undefined ? await listRepublications(target.pool) : one ? [one] : []
    found.push({ database: target.name, requests })
    if (session.json) continue
    headline(session, target)
    session.output.out(requests.length === 0 ? 'No such request.' : table([titles, ...requests.map(rowOf)]))
  }
  if (session.json) session.output.out(JSON.stringify(found))
  return exitCodes.done
}

const titles = ['number', 'asked for', 'state', 'events', 'sent', 'rejected', 'gone', 'open shards']

function rowOf(request: Republication): string[] {
  const { id, requestedAt, state, events, published, rejected, gone, openShards } = request
  return [id, requestedAt.toISOString(), state, events, published, rejected, gone, openShards].map(String)
}

async function abort(session: Session, number: string): Promise<number> {
  const { pool } = oneOutbox(session)
  const id = numberOf(number)
  const isAborted = await abortRepublication(pool, id)
  if (isAborted) session.output.out(`Request ${id} is aborted; what was sent stays sent.`)
  else
    session.output.err(
      `Request ${id} is done, aborted or was never made. \`relevo republish status\` lists them.`,
    )
  return isAborted ? exitCodes.done : exitCodes.failed
}
