import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Health } from '../http/health.ts'
import type { Logger } from '../process/logger.ts'
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
    const found = await schemaProblem(pool, sets)
    if (found !== undefined && found !== problem)
      logger.warn({ problem: found }, 'database schema is not current')
    problem = found
    if (problem === undefined) return true
    await delay(lookEveryMs, undefined, { signal }).catch(() => {})
  }
  return false
}

async function schemaProblem(pool: pg.Pool, sets: readonly MigrationSet[]): Promise<string | undefined> {
  try {
    const pending = await pendingMigrations(pool, sets)
    const names = pending.map(({ component, number, name }) => `${component} ${number} (${name})`)
    return names.length === 0 ? undefined : `migrations to be run: ${names.join(', ')}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
