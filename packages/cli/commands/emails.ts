import { type Command, Option } from 'commander'
import { askService, refused, type ServicePlace, type UrlOptions, whereIs, withUrl } from '../askService.ts'
import { exitCodes, type Session, UsageError } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Runner } from '../runCommand.ts'
import { table } from '../table.ts'
import { wholeNumber } from '../wholeNumber.ts'

const place: ServicePlace = { service: 'shop-notifications', variable: 'NOTIFICATIONS_URL', port: 5005 }
const states = ['queued', 'sending', 'unknown', 'sent', 'dead'] as const

interface FilterOptions extends UrlOptions {
  readonly template?: string
  readonly order?: string
}

interface RedriveOptions extends FilterOptions {
  readonly reason?: string
  readonly all?: true
  readonly late?: true
  readonly yes?: boolean
}

export function addEmails(program: Command, run: Runner): void {
  const emails = program
    .command('emails')
    .description('the e-mails of the shop: sent, under way, or given up')
  filtered(emails.command('list', { isDefault: true }))
    .description('the newest first, those that were given up')
    .addOption(new Option('--state <state>', 'those in this state').choices(states).default('dead'))
    .option('--limit <n>', 'at most so many', wholeNumber, 100)
    .addHelpText('after', `\n${whereIs(place)}`)
    .action(run(list, { databases: false }))
  filtered(emails.command('redrive [id]'))
    .description('gives those that were given up new attempts, under their own ids')
    .option('--reason <reason>', 'given up for this reason')
    .option('--all', 'all that were given up')
    .option('--late', 'also those whose time is over, which holds no more then')
    .option('--yes', 'do it to many without being asked')
    .addHelpText('after', `\n${whereIs(place)}`)
    .action(run(redrive, { databases: false }))
}

function filtered(command: Command): Command {
  return withUrl(command, place)
    .option('--template <template>', 'of this template')
    .option('--order <id>', 'about this order')
}

interface Email {
  readonly notification_id: string
  readonly template: string
  readonly to: string
  readonly state: string
  readonly attempts: number
  readonly doubtful_attempts: number
  readonly reason: string | null
  readonly created_at: string
}

interface Page {
  readonly notifications: readonly Email[]
  readonly next_cursor?: number
}

type ListOptions = FilterOptions & { readonly state: string; readonly limit: number }

async function list(session: Session, { url, state, limit, ...options }: ListOptions): Promise<number> {
  const query = new URLSearchParams({ state, limit: String(limit), ...filterOf(options) })
  const { status, body } = await askService<Page>(session, place, {
    ...(url !== undefined && { url }),
    path: `/notifications?${query}`,
  })
  if (status !== 200) return refused(session, body)
  const { output, json } = session
  const { notifications, next_cursor: more } = body
  if (json) output.out(JSON.stringify(notifications))
  else if (notifications.length === 0) output.out(`No e-mail is ${state}.`)
  else
    output.out(
      table([
        ['id', 'template', 'to', 'attempts', 'doubtful', 'since', 'reason'],
        ...notifications.map(cells),
      ]),
    )
  if (more !== undefined && !json) output.out('There are more: narrow them by an option, or raise --limit.')
  return exitCodes.done
}

function cells(email: Email): string[] {
  const {
    notification_id: id,
    template,
    to,
    attempts,
    doubtful_attempts: doubtful,
    created_at,
    reason,
  } = email
  return [id, template, to, String(attempts), String(doubtful), created_at, reason ?? '-']
}

async function redrive(session: Session, id: string | undefined, options: RedriveOptions): Promise<number> {
  const { url, reason, all, late, yes = false } = options
  const chosen = { ...filterOf(options), ...(reason !== undefined && { reason }) }
  const words = Object.entries(chosen).map(([name, value]) => `${name} ${value}`)
  if (id === undefined && words.length === 0 && !all)
    throw new UsageError('Which? Give an id, or --reason, --template, --order, or --all.')
  if (id !== undefined && (words.length > 0 || all))
    throw new UsageError('Either an id, or options that choose: not both.')
  const which = words.length > 0 ? `with ${words.join(' and ')}` : 'of any kind'
  const deed = `New attempts for the e-mails ${which} that were given up`
  if (id === undefined && !(await confirm(session, deed, yes))) return exitCodes.failed
  const query = new URLSearchParams({
    ...chosen,
    ...(all && { all: 'true' }),
    ...(late && { late: 'true' }),
  })
  const path =
    id === undefined ? '/notifications/redrive' : `/notifications/${encodeURIComponent(id)}/redrive`
  const { status, body } = await askService<{ redriven: number }>(session, place, {
    ...(url !== undefined && { url }),
    path: `${path}?${query}`,
    method: 'POST',
  })
  return status === 202 ? tell(session, body.redriven) : refused(session, body)
}

function tell({ output, json }: Session, redriven: number): number {
  if (json) output.out(JSON.stringify({ redriven }))
  else if (redriven === 0) output.err('There is none: `relevo emails` lists those that were given up.')
  else output.out(redriven === 1 ? '1 e-mail has new attempts.' : `${redriven} e-mails have new attempts.`)
  return redriven === 0 ? exitCodes.failed : exitCodes.done
}

function filterOf({ template, order }: FilterOptions): Record<string, string> {
  return { ...(template !== undefined && { template }), ...(order !== undefined && { order_id: order }) }
}
