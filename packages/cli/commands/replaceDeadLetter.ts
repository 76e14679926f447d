import { readFileSync } from 'node:fs'
import { readDeadLetter, replaceDeadLetter } from '@relevo/inbox'
import type { Command } from 'commander'
import { exitCodes, inboxes, type Session, UsageError } from '../command.ts'
import type { Runner } from '../runCommand.ts'
import type { Target } from '../target.ts'

interface ReplaceOptions {
  readonly group?: string
  readonly value?: string
  readonly file?: string
  readonly note: string
  readonly dryRun?: boolean
}

export function addReplacement(letters: Command, run: Runner): void {
  letters
    .command('replace <id>')
    .description('puts a new event with another payload in the place of one, for the consumer that failed')
    .option('--group <group>', 'of this consumer group')
    .option('--value <json>', 'the payload')
    .option('--file <path>', 'a file that has it')
    .option('--dry-run', 'only says what it would do')
    .requiredOption('--note <text>', 'why; kept with the dead letter')
    .addHelpText(
      'after',
      `
The new event has an id of its own, and the dead letter as its cause. That its payload is JSON is checked here, and by the
consumer's schema when the consumer takes it: what does not fit is a dead letter again.`,
    )
    .action(run(replace))
}

async function replace(session: Session, id: string, options: ReplaceOptions): Promise<number> {
  if (!/^\d{1,18}$/.test(id)) throw new UsageError(`A dead letter's id is a number, not ${id}.`)
  const { group: consumer, note, dryRun } = options
  const value = payloadOf(options)
  const target = await whoHas(session, id, consumer)
  const { output, json } = session
  if (target === undefined) {
    output.err('No such dead letter. `relevo dead-letters` lists those that are.')
    return exitCodes.failed
  }
  const result = await replaceDeadLetter(target.pool, { id, consumer, value, note, dryRun })
  if (json) output.out(JSON.stringify({ database: target.name, result }))
  if (result.outcome !== 'replaced') {
    if (!json)
      output.err(result.outcome === 'gone' ? 'It is not dead any more.' : `${result.reason}: ${result.error}`)
    return exitCodes.failed
  }
  const { eventId, type, key, waiting } = result
  const before = waiting === 0 ? '' : `, behind ${waiting} that wait`
  if (!json)
    output.out(
      eventId === undefined
        ? `${target.name}: would be replaced by an event ${type} of key ${key}${before}`
        : `${target.name}: replaced by event ${eventId}, ${type} of key ${key}${before}`,
    )
  return exitCodes.done
}

/** The one database that has it. @throws UsageError when several have one of that number. */
async function whoHas(
  session: Session,
  id: string,
  consumer: string | undefined,
): Promise<Target | undefined> {
  const found: Target[] = []
  for (const target of inboxes(session))
    if ((await readDeadLetter(target.pool, { id, consumer }))?.state === 'dead') found.push(target)
  if (found.length > 1)
    throw new UsageError(
      `Several databases have a dead letter ${id}: say by --group or --database which is meant.`,
    )
  return found[0]
}

function payloadOf({ value, file }: ReplaceOptions): string {
  if (value !== undefined && file === undefined) return value
  if (file === undefined || value !== undefined)
    throw new UsageError('Give the payload by --value or by --file.')
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause })
  }
}
