import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { cacheDirectory, keepFirst, temporaryDirectory } from '@relevo/embedded'
import { afterTest } from '@relevo/testing'

const run = promisify(execFile)

const requirements = join(import.meta.dirname, 'schemathesis.txt')
const settings = join(import.meta.dirname, 'schemathesis.toml')
const installBudgetMs = 150_000
/**
 * Random requests for each operation, beside those for each bound, which come first and are the same at each run.
 * RELEVO_API_FUZZ_EXAMPLES=100 is a long form.
 */
const examples = Number(process.env.RELEVO_API_FUZZ_EXAMPLES ?? 3)
const program = join(import.meta.dirname, 'runSchemathesis.py')

/** A Python with schemathesis. */
export interface Schemathesis {
  readonly python: string
}

/**
 * Schemathesis of the versions in schemathesis.txt, fetched from PyPI into the user's cache the first time; or why its
 * tests are skipped: only when RELEVO_SKIP_API_FUZZ=1 says so.
 * @throws Error that says what to do, when it cannot be had and nobody has asked to skip.
 */
export async function findSchemathesis(
  environment = process.env,
  python3 = 'python3',
): Promise<Schemathesis | string> {
  if (environment.RELEVO_SKIP_API_FUZZ === '1') return 'RELEVO_SKIP_API_FUZZ=1'
  try {
    return { python: join(await installOnce(python3), 'bin', 'python') }
  } catch (cause) {
    const { stderr } = cause as { stderr?: string }
    const reason = stderr?.trim() || (cause instanceof Error ? cause.message : String(cause))
    throw new Error(
      `The tests of the APIs need schemathesis, which needs python3 (3.11 or later, with venv) and PyPI: ${reason}\nLeave them out with RELEVO_SKIP_API_FUZZ=1.`,
      { cause },
    )
  }
}

async function installOnce(python3: string): Promise<string> {
  const { stdout } = await run(python3, ['-c', 'import sys; print(sys.version, sys.platform)'])
  const digest = createHash('sha256').update(readFileSync(requirements)).update(stdout).digest('hex')
  const target = join(cacheDirectory(), `schemathesis-${digest.slice(0, 12)}`)
  if (existsSync(target)) return target
  const draft = mkdtempSync(join(cacheDirectory(), 'fetching-'))
  try {
    await run(python3, ['-m', 'venv', draft])
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input']
    const pinned = ['--only-binary', ':all:', '--require-hashes', '--requirement', requirements]
    await run(join(draft, 'bin', 'python'), [...install, ...pinned], { timeout: installBudgetMs })
    keepFirst(draft, target)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return target
}

export interface FuzzOptions {
  /** Base URL of the service, which serves its own /openapi.json. */
  readonly url: string
  readonly seed: number
  readonly operatorToken: string
  /** Keys and ids that some of the requests ask for. */
  readonly known: readonly string[]
  /** Paths below which another service answers by the same code, and was asked for every bound already. */
  readonly covered: readonly string[]
}

/** Of these paths examples and random requests alone; a request for each bound is most of the time it takes. */
const withoutCoverage = (path: string) => `
[[operations]]
include-path-regex = "^${path}(/|$)"
[operations.phases.coverage]
enabled = false
`

/** Runs schemathesis in a folder; resolves with its exit code. One run at a time. */
export type RunSchemathesis = (folder: string, args: readonly string[]) => Promise<number>

/** Loads schemathesis once for all runs of a test. */
export function loadSchemathesis(t: TestContext, { python }: Schemathesis): RunSchemathesis {
  const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`${program} ended: ${signal ?? code}`)))
  })
  ended.catch(() => {})
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  // With the run that is under way, if the test has failed.
  afterTest(t, () => isRunning() && process.kill(-Number(child.pid)))
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  return async (folder, args) => {
    child.stdin.write(`${JSON.stringify([folder, ...args])}\n`)
    const { value } = await Promise.race([answers.next(), ended])
    return Number(value)
  }
}

/**
 * Sends a service what its document allows and what it does not, and checks every answer by the document.
 * @returns the report of schemathesis.
 * @throws Error with the report, which has a curl line for each failure.
 */
export async function fuzzService(run: RunSchemathesis, options: FuzzOptions): Promise<string> {
  const { url, seed, operatorToken, known, covered } = options
  const directory = temporaryDirectory() // it keeps notes where it runs
  const config = join(directory, 'schemathesis.toml')
  const dictionary = `\n[dictionaries.known]\nvalues = ${JSON.stringify(known)}\n`
  writeFileSync(config, readFileSync(settings, 'utf8') + covered.map(withoutCoverage).join('') + dictionary)
  const args = ['--config-file', config, 'run', `${url}/openapi.json`]
  const more = ['--seed', String(seed), '--max-examples', String(examples)]
  const code = await run(directory, [...args, ...more, '--header', `Authorization: Bearer ${operatorToken}`])
  const report = readFileSync(join(directory, 'report.txt'), 'utf8')
  if (code !== 0) throw new Error(`${url}, seed ${seed}, exit code ${code}:\n${report}`)
  return report
}
