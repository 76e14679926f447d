import { Command, CommanderError, type OutputConfiguration } from 'commander'
import { type Environment, exitCodes, type Output, type Session, UsageError } from './command.ts'
import { addAnalytics } from './commands/analytics.ts'
import { addAudit } from './commands/audit.ts'
import { addDeadLetters } from './commands/deadLetters.ts'
import { addEmails } from './commands/emails.ts'
import { addInit } from './commands/init.ts'
import { addMigrate } from './commands/migrate.ts'
import { addQuarantine } from './commands/quarantine.ts'
import { addRebase } from './commands/rebase.ts'
import { addReplay } from './commands/replay.ts'
import { addRepublish } from './commands/republish.ts'
import { addRewind } from './commands/rewind.ts'
import { addSaga } from './commands/saga.ts'
import { addStatus } from './commands/status.ts'
import { addTail } from './commands/tail.ts'
import { printable } from './printable.ts'
import { openTargets } from './target.ts'

/** A command of the program: adds itself, and hands what it does to `run`. */
export type AddCommand = (program: Command, run: Runner) => void

/** Makes a commander action of a function that returns the exit code; `targets` is empty unless databases are used. */
export type Runner = <A extends unknown[]>(
  act: (session: Session, ...args: A) => Promise<number>,
  uses?: { readonly databases: boolean },
) => (...args: A) => Promise<void>

const commands: readonly AddCommand[] = [
  addStatus,
  addAudit,
  addQuarantine,
  addDeadLetters,
  addTail,
  addRewind,
  addRepublish,
  addReplay,
  addRebase,
  addSaga,
  addAnalytics,
  addEmails,
  addMigrate,
  addInit,
]

const description = `An operator's view of outboxes and consumers.

The databases are those of DATABASE_URL (several separated by blanks), those of a relay's OUTBOXES, or those of the
npm start that runs in this folder.`

const never = new AbortController().signal

/** Runs `relevo <words>` and returns the exit code: 0 done or healthy, 1 not, 2 wrong use. Never rejects. */
export async function runCommand(
  words: readonly string[],
  env: Environment,
  output: Output,
  signal: AbortSignal = never,
): Promise<number> {
  const safe: Output = {
    out: (text) => output.out(printable(text)),
    err: (text) => output.err(printable(text)),
    ask: output.ask && ((question) => output.ask?.(printable(question)) ?? Promise.resolve('')),
  }
  let code: number = exitCodes.done
  const run: Runner =
    (act, { databases } = { databases: true }) =>
    async (...args) => {
      const { json = false, database } = program.opts<{ json?: boolean; database?: string }>()
      const { targets, lost } = databases ? await openTargets(env, database) : { targets: [], lost: [] }
      try {
        code = await act({ targets, output: safe, json, environment: env, signal }, ...args)
        for (const { name, error } of lost) safe.err(`${name}: ${describe(error)}`)
        if (lost.length > 0 && code === exitCodes.done) code = exitCodes.failed
      } finally {
        await Promise.all(targets.map((target) => target.pool.end()))
      }
    }
  const program = createProgram(run, {
    writeOut: (text) => safe.out(text.trimEnd()),
    writeErr: (text) => safe.err(text.trimEnd()),
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    safe.err(error instanceof Error ? describe(error) : String(error))
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed
  }
}

/** The commands with their arguments and options; what each does is made by `run`. */
export function createProgram(run: Runner, output: OutputConfiguration = {}): Command {
  const program = new Command('relevo')
    .description(description)
    .option('--json', 'print JSON')
    .option('--database <name>', 'only the database of this name')
    .configureOutput(output)
    .showHelpAfterError()
    .exitOverride()
  for (const add of commands) add(program, run)
  for (const command of everyCommand(program)) command.copyInheritedSettings(program)
  return program
}

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)])
}

/** An AggregateError of a connection has no message of its own. */
function describe(error: Error): string {
  if (error.message === '' && error instanceof AggregateError)
    return error.errors.map((each: Error) => each.message).join('; ')
  return error.message
}
