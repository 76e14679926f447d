import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import {
  type Answer,
  askService,
  refused,
  type ServicePlace,
  type UrlOptions,
  whereIs,
  withUrl,
} from '../askService.ts'
import { exitCodes, type Session } from '../command.ts'
import type { Runner } from '../runCommand.ts'

const place: ServicePlace = { service: 'analytics', variable: 'ANALYTICS_URL', port: 5004 }
const pollMs = 500
/** So often in a row the service may not answer before the command gives up; the rebuild goes on without it. */
const mostFailures = 20

const help = `
What Kafka has is read again beside the live events. An event that had not been counted, or had been counted otherwise, is
counted; what Kafka does not have any more (7 days) stays counted. Closed windows get a revision only where a figure changes.
${whereIs(place)}`

export function addAnalytics(program: Command, run: Runner): void {
  const analytics = program.command('analytics').description('the windows of the shop')
  withUrl(analytics.command('rebuild'), place)
    .description('rebuilds the windows from Kafka, and tells how far it is; follows one that is under way')
    .addHelpText('after', help)
    .action(run(rebuild, { databases: false }))
  withUrl(analytics.command('status'), place)
    .description('how far the rebuild is that was asked for last')
    .action(run(showStatus, { databases: false }))
}

/** A rebuild, as reported by the service. */
interface Rebuild {
  readonly id: number
  readonly ended_at: string | null
  readonly error: string | null
  readonly read: number
  readonly records: number | null
  readonly added: number
  readonly corrected: number
  readonly rejected: number
  readonly kept: number | null
}

async function rebuild(session: Session, options: UrlOptions): Promise<number> {
  const { output, json } = session
  const { status, body } = await ask(session, options, '/rebuilds', 'POST')
  if (status === 409) output.err('A rebuild is under way; this follows it.')
  else if (status !== 202) return refused(session, body)
  let told = ''
  const ended = await follow(session, options, (now) => {
    const line = progress(now)
    if (line !== told && !json) output.out(line)
    told = line
  })
  if (ended === undefined) {
    output.err('The rebuild goes on without this command. `relevo analytics status` tells how far it is.')
    return exitCodes.failed
  }
  tell(session, ended)
  return exitCodes.done
}

/** The rebuild once it has ended; undefined when the command is ended before. */
async function follow(
  session: Session,
  options: UrlOptions,
  note: (now: Rebuild) => void,
): Promise<Rebuild | undefined> {
  let failures = 0
  while (!session.signal.aborted) {
    try {
      const { body } = await ask(session, options, '/rebuilds/last')
      failures = 0
      note(body)
      if (body.ended_at !== null) return body
    } catch (error) {
      failures++
      if (failures >= mostFailures) throw error
    }
    await delay(pollMs, undefined, { signal: session.signal }).catch(() => {})
  }
  return undefined
}

async function showStatus(session: Session, options: UrlOptions): Promise<number> {
  const { status, body } = await ask(session, options, '/rebuilds/last')
  if (status !== 200) return refused(session, body)
  tell(session, body)
  return exitCodes.done
}

function progress({ id, read, records, error }: Rebuild): string {
  const far = records === null ? 'finds out what there is' : `${read} of ${records} records read`
  return `Rebuild ${id}: ${far}${error === null ? '' : `; it cannot go on just now: ${error}`}`
}

function tell({ output, json }: Session, found: Rebuild): void {
  if (json) {
    output.out(JSON.stringify(found))
    return
  }
  output.out(progress(found))
  const { added, corrected, rejected, kept, ended_at } = found
  output.out(
    `${added} events had not been counted, ${corrected} otherwise; ${rejected} records do not count.`,
  )
  if (ended_at === null) return
  if (kept) output.out(`${kept} events are not in Kafka any more and stay counted.`)
  output.out('Done.')
}

function ask(
  session: Session,
  { url }: UrlOptions,
  path: string,
  method: 'GET' | 'POST' = 'GET',
): Promise<Answer<Rebuild>> {
  return askService(session, place, { ...(url !== undefined && { url }), path, method })
}
