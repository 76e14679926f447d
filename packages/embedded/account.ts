import { execFile, execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { promisify } from 'node:util'
import { EmbeddedError } from './embeddedError.ts'

const run = promisify(execFile)

/** The operating-system account a server runs under; `undefined` stands for the account of this process. */
export interface Account {
  uid: number
  gid: number
}

/**
 * The account Postgres runs under: Postgres refuses to run as root, so root lends it the owner of an existing data
 * directory or else the system's `postgres` user, which is created when it is missing.
 */
export async function postgresAccount(dataDirectory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(dataDirectory, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return (await findPostgresUser()) ?? createPostgresUser()
}

/** Tells whether `account` may enter, and read what is at, `path`. */
export function canReach(path: string, account: Account | undefined): boolean {
  try {
    const options = account ? { uid: account.uid, gid: account.gid } : {}
    execFileSync('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', path], {
      cwd: '/',
      stdio: 'ignore',
      ...options,
    })
    return true
  } catch {
    return false
  }
}

async function findPostgresUser(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

async function createPostgresUser(): Promise<Account> {
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/bin/false',
      'postgres',
    ])
  } catch (cause) {
    throw postgresUserMissing(cause)
  }
  const account = await findPostgresUser()
  if (!account) throw postgresUserMissing(undefined)
  return account
}

function postgresUserMissing(cause: unknown): EmbeddedError {
  return new EmbeddedError(
    'postgres_user_missing',
    'Postgres does not run as root, and the user "postgres" that it would run as neither exists nor could be created. Create it, run this as an ordinary user, or set DATABASE_URL to an existing Postgres.',
    { cause },
  )
}
