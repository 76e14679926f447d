import { spawn } from 'node:child_process'

/** A command that ended with another code than 0. */
export class ShellError extends Error {
  readonly exitCode: number | null
  /** What it said, when that did not go to the terminal. */
  readonly stderr: string

  constructor(command: string, exitCode: number | null, stderr: string) {
    super(
      `${command} failed${exitCode === null ? '' : ` (exit code ${exitCode})`}${stderr && `:\n${stderr}`}`,
    )
    this.exitCode = exitCode
    this.stderr = stderr
  }
}

interface Options {
  /** What the command reads. */
  input?: string
  /** Over those of this process. */
  env?: Record<string, string>
}

/** Runs a command with its output on the terminal. @throws ShellError */
export async function run(command: string, args: readonly string[], options: Options = {}): Promise<void> {
  console.log(`$ ${[command, ...args].join(' ')}`)
  await execute(command, args, options, 'inherit')
}

/** What a command writes. @throws ShellError with its words of error */
export function capture(command: string, args: readonly string[], options: Options = {}): Promise<string> {
  return execute(command, args, options, 'pipe')
}

/** Whether a command ends with 0. */
export async function succeeds(
  command: string,
  args: readonly string[],
  options?: Options,
): Promise<boolean> {
  return capture(command, args, options).then(
    () => true,
    () => false,
  )
}

function execute(
  command: string,
  args: readonly string[],
  { input, env }: Options,
  output: 'inherit' | 'pipe',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', output, output],
      env: { ...process.env, ...env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk) => (stdout += chunk))
    child.stderr?.on('data', (chunk) => (stderr += chunk))
    child.stdin?.on('error', () => {}) // it ended without reading
    child.stdin?.end(input)
    const what = [command, ...args].join(' ')
    child.on('error', (error) => reject(new ShellError(what, null, error.message)))
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new ShellError(what, code, stderr.trim())),
    )
  })
}
