import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

export const commandErrorCodes = [
  'usage', // the arguments are wrong
  'cannotRun', // what the command needs is not there
] as const

/** What a person has to fix; its message is shown without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: (typeof commandErrorCodes)[number]

  constructor(code: CommandError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const help = { help: { type: 'boolean', short: 'h', default: false } } as const

/** Options with `--help` added. @throws CommandError `usage`. */
export function readArguments<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...options, ...help } as Options & typeof help,
    })
  } catch (error) {
    throw new CommandError('usage', (error as Error).message, { cause: error })
  }
}

/** @throws CommandError `usage` unless the value of the option is a whole number within the bounds. */
export function wholeNumber(option: string, value: string, min: number, max: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= min && number <= max) return number
  throw new CommandError('usage', `--${option} must be a whole number from ${min} to ${max}, not "${value}".`)
}

/**
 * Runs a command and ends the process with its exit code: 0 after `--help`, and 2, with usage or one line, when it
 * cannot run as it was called.
 */
export async function runCommand(usage: string, run: (args: string[]) => Promise<number>): Promise<never> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage)
    process.exit(0)
  }
  try {
    process.exit(await run(args))
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    console.error(error.code === 'usage' ? `${error.message}\n\n${usage}` : error.message)
    process.exit(2)
  }
}
