import { createLogger, createPool } from '@relevo/kit'
import type pg from 'pg'
import { type Environment, UsageError } from './command.ts'
import { runningStart } from './runningStart.ts'

/** A database that commands work on. */
export interface Target {
  readonly name: string
  readonly pool: pg.Pool
  /** Has it the schema `outbox`? */
  readonly outbox: boolean
  /** Has it the schema `inbox`? */
  readonly inbox: boolean
}

/** `relevo rebase` rewrites every row of an outbox. */
const statementTimeoutMs = 3_600_000

/**
 * Opens the databases of DATABASE_URL, or of the npm start that runs in this folder; the caller ends their pools.
 * @throws UsageError when there are none, or none is called `only`.
 */
export async function openTargets(env: Environment, only?: string): Promise<Target[]> {
  const urls = databaseUrls(env).filter((url) => only === undefined || nameOf(url) === only)
  if (urls.length === 0)
    throw new UsageError(`No database is called ${only}: ${databaseUrls(env).map(nameOf).join(', ')}.`)
  const targets: Target[] = []
  try {
    for (const url of urls) targets.push(await openTarget(url))
    return targets
  } catch (error) {
    await Promise.all(targets.map((target) => target.pool.end()))
    throw error
  }
}

function databaseUrls(env: Environment): readonly string[] {
  const given = env.DATABASE_URL?.split(/\s+/).filter((url) => url !== '') ?? []
  const urls = given.length > 0 ? given : (runningStart(env)?.databaseUrls ?? [])
  if (urls.length === 0)
    throw new UsageError(
      'Which database? Set DATABASE_URL to the Postgres database with the outbox or the inbox, or run this in the folder of a running npm start.',
    )
  return urls
}

function nameOf(url: string): string {
  if (!URL.canParse(url))
    throw new UsageError('DATABASE_URL is not a URL: postgres://user:password@host:5432/database')
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

async function openTarget(url: string): Promise<Target> {
  const name = nameOf(url)
  const logger = createLogger('relevo', 'error')
  const pool = createPool({ databaseUrl: url, name: 'relevo', size: 1, statementTimeoutMs, logger })
  try {
    const { rows } = await pool.query<{ outbox: boolean; inbox: boolean }>(
      `select to_regclass('outbox.event') is not null as outbox, to_regclass('inbox.processed') is not null as inbox`,
    )
    return { name, pool, outbox: rows[0]?.outbox ?? false, inbox: rows[0]?.inbox ?? false }
  } catch (error) {
    await pool.end()
    throw error
  }
}
