import { readFileSync } from 'node:fs'
import { createLogger, createPool, namedVariable } from '@relevo/kit'
import type pg from 'pg'
import { type Environment, UsageError } from './command.ts'
import { runningStart } from './runningStart.ts'

/** A database that commands work on. */
export interface Target {
  /** Of the database, or of the outbox that OUTBOXES calls it. */
  readonly name: string
  readonly pool: pg.Pool
  /** Has it the schema `outbox`? */
  readonly outbox: boolean
  /** Has it the schema `inbox`? */
  readonly inbox: boolean
  /** Has it the schema `saga`? */
  readonly saga: boolean
}

/** A database that cannot be worked on now. */
export interface LostTarget {
  readonly name: string
  readonly error: Error
}

/** `relevo rebase` rewrites every row of an outbox. */
const statementTimeoutMs = 3_600_000

/**
 * Opens the databases of DATABASE_URL, of OUTBOXES, or of the npm start that runs in this folder; the caller ends their pools.
 * @throws UsageError when there are none, or none is called `only`; when none can be opened, the error of the first.
 */
export async function openTargets(
  env: Environment,
  only?: string,
): Promise<{ readonly targets: Target[]; readonly lost: LostTarget[] }> {
  const all = addresses(env)
  const wanted = all.filter(({ name }) => only === undefined || name === only)
  if (wanted.length === 0)
    throw new UsageError(`No database is called ${only}: ${all.map(({ name }) => name).join(', ')}.`)
  const opened = await Promise.all(wanted.map(tryTarget))
  const targets = opened.flatMap((each) => ('pool' in each ? each : []))
  const lost = opened.flatMap((each) => ('error' in each ? each : []))
  if (targets.length === 0 && lost[0]) throw lost[0].error
  return { targets, lost }
}

interface Address {
  readonly name: string
  readonly url: string
}

function addresses(env: Environment): readonly Address[] {
  const given = env.DATABASE_URL?.split(/\s+/).filter((url) => url !== '') ?? []
  if (given.length > 0) return given.map((url) => ({ name: nameOf('DATABASE_URL', url), url }))
  const named = env.OUTBOXES?.split(',').map((name) => outboxAddress(name.trim(), env)) ?? []
  if (named.length > 0) return named
  const started = runningStart(env)?.databaseUrls ?? []
  if (started.length === 0)
    throw new UsageError(
      'Which database? Set DATABASE_URL to the Postgres database with the outbox or the inbox, or run this in the folder of a running npm start.',
    )
  return started.map((url) => ({ name: nameOf('DATABASE_URL', url), url }))
}

/** The database of one of a relay's outboxes, by the relay's own variables. */
function outboxAddress(name: string, env: Environment): Address {
  const read = (variable: string) => readText(namedVariable(name, variable), env)
  const text = read('DATABASE_URL') ?? read('DATABASE_URL_FILE')
  if (text === undefined)
    throw new UsageError(`OUTBOXES names ${name}, so set ${namedVariable(name, 'DATABASE_URL')} as well.`)
  nameOf(namedVariable(name, 'DATABASE_URL'), text)
  const url = new URL(text)
  const password = read('DATABASE_PASSWORD_FILE')
  if (password !== undefined) url.password = encodeURIComponent(password)
  return { name, url: url.href }
}

/** A variable's text, or, of one that names a file, what is in it. */
function readText(variable: string, env: Environment): string | undefined {
  const text = env[variable]
  if (!text || !variable.endsWith('_FILE')) return text || undefined
  try {
    return readFileSync(text, 'utf8').trim()
  } catch (cause) {
    throw new UsageError(`${variable} is not the path of a file that can be read.`, { cause })
  }
}

function nameOf(variable: string, url: string): string {
  if (!URL.canParse(url))
    throw new UsageError(`${variable} is not a URL: postgres://user:password@host:5432/database`)
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

async function tryTarget(address: Address): Promise<Target | LostTarget> {
  try {
    return await openTarget(address)
  } catch (error) {
    return { name: address.name, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

const findSchemas = `
select to_regclass('outbox.recorded') is not null as outbox, to_regclass('inbox.effect') is not null as inbox,
  to_regclass('saga.summary') is not null as saga`

async function openTarget({ name, url }: Address): Promise<Target> {
  const logger = createLogger('relevo', 'error')
  const pool = createPool({ databaseUrl: url, name: 'relevo', size: 1, statementTimeoutMs, logger })
  try {
    const { rows } = await pool.query<Omit<Target, 'name' | 'pool'>>(findSchemas)
    return { name, pool, outbox: false, inbox: false, saga: false, ...rows[0] }
  } catch (error) {
    await pool.end()
    throw error
  }
}
