import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Health } from '../http/health.ts'
import type { Logger } from '../process/logger.ts'
import { isUnavailable } from './databaseErrors.ts'
import type { MigrationSet } from './migrationFiles.ts'
import { pendingMigrations } from './pendingMigrations.ts'

interface SchemaParts {
  pool: pg.Pool
  sets: readonly MigrationSet[]
  health: Health
  logger: Logger
  signal: AbortSignal
}

const lookEveryMs = 1_000

/**
 * Waits until the database has every migration that this code knows of; until then the service is not ready
 * and says why. Returns false when the signal came first. Never rejects.
 */
export async function waitForSchema({ pool, sets, health, logger, signal }: SchemaParts): Promise<boolean> {
  let problem: string | undefined = 'not looked at yet'
  health.addReadiness('schema', () => problem)
  while (!signal.aborted) {
    const { pending, error } = await schemaProblem(pool, sets)
    // The database's own watch reports that it is down.
    if (pending !== undefined && pending !== problem)
      logger.warn({ problem: pending }, 'database schema is not current')
    problem = pending ?? error
    if (problem === undefined) return true
    await delay(lookEveryMs, undefined, { signal }).catch(() => {})
  }
  return false
}

interface Problem {
  readonly pending?: string
  readonly error?: string
}

async function schemaProblem(pool: pg.Pool, sets: readonly MigrationSet[]): Promise<Problem> {
  try {
    const pending = await pendingMigrations(pool, sets)
    const names = pending.map(({ component, number, name }) => `${component} ${number} (${name})`)
    return names.length === 0 ? {} : { pending: `migrations to be run: ${names.join(', ')}` }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (isUnavailable(error)) return { error: message }
    return { pending: isRightMissing(error) ? `the migration is to grant the rights: ${message}` : message }
  }
}

function isRightMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42501'
}
