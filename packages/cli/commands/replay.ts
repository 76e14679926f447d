import { type Command, Option } from 'commander'
import { askService, refused, type ServicePlace, type UrlOptions, whereIs, withUrl } from '../askService.ts'
import { exitCodes, type Session, UsageError } from '../command.ts'
import type { Runner } from '../runCommand.ts'
import { time } from '../time.ts'

const places = {
  users: { service: 'users', variable: 'USERS_URL', port: 5007 },
  orders: { service: 'orders', variable: 'ORDERS_URL', port: 5002 },
} as const satisfies Readonly<Record<string, ServicePlace>>

interface ReplayOptions extends UrlOptions {
  readonly of: keyof typeof places
  readonly stream?: string
  readonly type?: string
  readonly from?: string
  readonly to?: string
  readonly group?: string
  readonly topic?: string
  readonly after?: string
  readonly yes?: boolean
}

const help = `
The event store keeps every event, also those that outbox and Kafka have forgotten. They are published again by the outbox, under their
  ids and with their times, in their order, behind what was published before.
  --group: on the events' own topics, for one consumer group. The inboxes of others pass over them; a consumer that has no inbox does not.
  --topic: on a topic of its own, which has to be there. Whoever consumes that gets them.
  A consumer with the inbox ignores those that took effect, for as long as it remembers them; one that is new builds its state.
Without --yes nothing is published: the command shows what there is. When it is broken off, --after goes on.
${whereIs(places.users)}`

export function addReplay(program: Command, run: Runner): void {
  withUrl(program.command('replay'), places.users)
    .description('publishes events of an event store again, to one consumer group or one topic')
    .addOption(
      new Option('--of <service>', 'whose events').choices(Object.keys(places)).makeOptionMandatory(),
    )
    .option('--stream <stream>', 'events of this stream, as user-<id>')
    .option('--type <type>', 'events of this type')
    .option('--from <time>', 'events recorded from then on: ISO 8601')
    .option('--to <time>', 'events recorded before then')
    .option('--group <group>', 'for this consumer group')
    .option('--topic <topic>', 'to this topic')
    .option('--after <number>', 'goes on behind this number of an event')
    .option('--yes', 'do it')
    .addHelpText('after', help)
    .action(run(replay, { databases: false }))
}

interface Preview {
  readonly events: number
  readonly streams: number
  readonly first_at: string | null
  readonly last_at: string | null
}

interface Page {
  readonly read: number
  readonly published: number
  readonly next?: number
}

async function replay(session: Session, options: ReplayOptions): Promise<number> {
  const { output, json } = session
  if (options.group === undefined && options.topic === undefined)
    throw new UsageError('For whom? Say --group, a consumer group, or --topic.')
  const selection = selectionOf(options)
  const { status, body } = await ask<Preview>(session, options, selection, 'GET')
  if (status !== 200) return refused(session, body)
  if (!options.yes || body.events === 0) {
    if (json) output.out(JSON.stringify(body))
    else tellPreview(session, body)
    return body.events > 0 ? exitCodes.done : exitCodes.failed
  }
  return publish(session, options, selection, body.events)
}

async function publish(
  session: Session,
  options: ReplayOptions,
  selection: Record<string, string>,
  events: number,
): Promise<number> {
  const { output, json, signal } = session
  const { group, topic } = options
  let after = options.after
  let [read, published] = [0, 0]
  do {
    const query = { ...selection, ...given({ group, topic, after }) }
    const { status, body } = await ask<Page>(session, options, query, 'POST')
    if (status !== 200) {
      if (after !== undefined) output.err(`It goes on with --after ${after}.`)
      return refused(session, body)
    }
    read += body.read
    published += body.published
    after = body.next === undefined ? undefined : String(body.next)
    if (!json) output.out(`${read} of ${events} events read, ${published} published again.`)
  } while (after !== undefined && !signal.aborted)
  if (json) output.out(JSON.stringify({ read, published, next: after ?? null }))
  if (after === undefined) return exitCodes.done
  output.err(`Broken off. It goes on with --after ${after}.`)
  return exitCodes.failed
}

function selectionOf({ stream, type, from, to }: ReplayOptions): Record<string, string> {
  return given({ stream, type, from: from && time(from).toISOString(), to: to && time(to).toISOString() })
}

/** Those that have a value. */
function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}

function tellPreview({ output }: Session, { events, streams, first_at, last_at }: Preview): void {
  if (events === 0) output.out('The event store has no such event.')
  else {
    output.out(`${events} events of ${streams} streams, recorded from ${first_at} to ${last_at}.`)
    output.out('Nothing was published. Do it with --yes.')
  }
}

function ask<Body>(
  session: Session,
  { of, url }: ReplayOptions,
  query: Record<string, string>,
  method: 'GET' | 'POST',
) {
  const path = `/replays?${new URLSearchParams(query)}`
  return askService<Body>(session, places[of], { ...(url !== undefined && { url }), path, method })
}
